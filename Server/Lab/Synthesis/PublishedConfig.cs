namespace Molmo.Demo.Lab.Synthesis;

/// <summary>The published configuration files, as far as they describe the network; field names and values are facts of the checkpoints.</summary>
internal static class PublishedConfig
{
    public const string SevenBillionD =
        """
        {
          "architectures": ["MolmoForCausalLM"],
          "attention_layer_norm": false,
          "auto_map": {"AutoConfig": "config_molmo.MolmoConfig", "AutoModelForCausalLM": "modeling_molmo.MolmoForCausalLM"},
          "clip_qkv": null,
          "embedding_size": 152064,
          "hidden_size": 3584,
          "initializer_range": 0.02,
          "intermediate_size": 37888,
          "layer_norm_eps": 1e-06,
          "layer_norm_type": "rms",
          "max_position_embeddings": 4096,
          "model_type": "molmo",
          "norm_after": false,
          "num_attention_heads": 28,
          "num_hidden_layers": 28,
          "num_key_value_heads": 4,
          "qkv_bias": true,
          "rope_theta": 1000000.0,
          "tie_word_embeddings": false,
          "torch_dtype": "float32",
          "use_cache": true,
          "use_position_ids": true,
          "vocab_size": 152064,
          "weight_tying": false
        }
        """;

    public const string SevenBillionO =
        """
        {
          "architectures": ["MolmoForCausalLM"],
          "attention_layer_norm": true,
          "auto_map": {"AutoConfig": "config_molmo.MolmoConfig", "AutoModelForCausalLM": "modeling_molmo.MolmoForCausalLM"},
          "clip_qkv": null,
          "embedding_size": 100352,
          "hidden_size": 4096,
          "initializer_range": 0.02,
          "intermediate_size": 22016,
          "layer_norm_eps": 1e-06,
          "layer_norm_type": "rms",
          "max_position_embeddings": 4096,
          "model_type": "molmo",
          "norm_after": true,
          "num_attention_heads": 32,
          "num_hidden_layers": 32,
          "num_key_value_heads": null,
          "qkv_bias": false,
          "rope_theta": 500000.0,
          "tie_word_embeddings": false,
          "torch_dtype": "float32",
          "use_cache": true,
          "use_position_ids": true,
          "vocab_size": 100278,
          "weight_tying": false
        }
        """;

    public const string SeventyTwoBillion =
        """
        {
          "architectures": ["MolmoForCausalLM"],
          "attention_layer_norm": false,
          "auto_map": {"AutoConfig": "config_molmo.MolmoConfig", "AutoModelForCausalLM": "modeling_molmo.MolmoForCausalLM"},
          "clip_qkv": null,
          "embedding_size": 152064,
          "hidden_size": 8192,
          "initializer_range": 0.02,
          "intermediate_size": 59136,
          "layer_norm_eps": 1e-05,
          "layer_norm_type": "rms",
          "max_position_embeddings": 4096,
          "model_type": "molmo",
          "norm_after": false,
          "num_attention_heads": 64,
          "num_hidden_layers": 80,
          "num_key_value_heads": 8,
          "qkv_bias": true,
          "rope_theta": 1000000.0,
          "tie_word_embeddings": false,
          "torch_dtype": "float32",
          "use_cache": true,
          "use_position_ids": true,
          "vocab_size": 152064,
          "weight_tying": false
        }
        """;

    public const string Mixture =
        """
        {
          "activation_type": "swiglu",
          "additional_vocab_size": 128,
          "alibi": false,
          "always_start_with_space": true,
          "architectures": ["OLMoForCausalLM"],
          "attention_layer_norm": true,
          "attention_layer_norm_with_affine": true,
          "attention_type": "sdpa",
          "attn_logit_softcapping": null,
          "auto_map": {"AutoConfig": "config_molmoe.MolmoConfig", "AutoModelForCausalLM": "modeling_molmoe.MolmoForCausalLM"},
          "bias_for_layer_norm": false,
          "block_group_size": 1,
          "block_type": "moe",
          "clip_qkv": null,
          "crop_mode": "overlap-and-resize-c2",
          "d_model": 2048,
          "embedding_size": 50304,
          "final_logit_softcapping": null,
          "float32_attention": true,
          "head_dim": null,
          "image_padding_embed": "pad_and_partial_pad",
          "image_pooling_2d": "attention-meanq",
          "image_pooling_h": 2,
          "image_pooling_w": 2,
          "image_projector": "mlp",
          "include_bias": false,
          "initializer_range": 0.02,
          "layer_norm_eps": 1e-05,
          "layer_norm_type": "rms",
          "layer_norm_with_affine": true,
          "max_crops": 12,
          "max_position_embeddings": 32768,
          "max_sequence_length": 4096,
          "message_formatting": "role",
          "mlp_hidden_size": null,
          "mlp_ratio": 1,
          "model_type": "molmo",
          "moe_dropless": true,
          "moe_interleave": false,
          "moe_mlp_impl": "sparse",
          "moe_num_experts": 64,
          "moe_shared_expert": false,
          "moe_top_k": 8,
          "multi_query_attention": null,
          "n_heads": 16,
          "n_kv_heads": null,
          "n_layers": 16,
          "norm_after": false,
          "normalize_input_embeds": false,
          "overlap_margins": [4, 4],
          "pad_token_id": 1,
          "qkv_bias": false,
          "rope": true,
          "rope_full_precision": true,
          "rope_impl": "llama",
          "rope_theta": 10000.0,
          "scale_logits": false,
          "use_cache": true,
          "use_cls_feature": false,
          "use_col_tokens": true,
          "use_position_ids": true,
          "vision_backbone": {
            "image_default_input_size": [336, 336],
            "image_emb_dim": 1024,
            "image_head_dim": 64,
            "image_mlp_activations": "quick_gelu",
            "image_mlp_dim": 4096,
            "image_model_type": "openai",
            "image_norm_eps": 1e-05,
            "image_num_heads": 16,
            "image_num_key_value_heads": 16,
            "image_num_layers": 23,
            "image_num_pos": 577,
            "image_patch_size": 14,
            "image_pos_patch_size": 14,
            "resize_mode": "default"
          },
          "vit_layers": [-2, -9],
          "vocab_size": 50280,
          "weight_tying": false
        }
        """;

    public const string Preprocessor =
        """
        {
          "auto_map": {"AutoImageProcessor": "image_preprocessing_molmo.MolmoImageProcessor", "AutoProcessor": "preprocessing_molmo.MolmoProcessor"},
          "base_image_input_size": [336, 336],
          "do_normalize": true,
          "image_mean": [0.48145466, 0.4578275, 0.40821073],
          "image_padding_mask": true,
          "image_patch_size": 14,
          "image_processor_type": "MolmoImageProcessor",
          "image_std": [0.26862954, 0.26130258, 0.27577711],
          "image_token_length_h": 12,
          "image_token_length_w": 12,
          "max_crops": 12,
          "overlap_margins": [4, 4],
          "processor_class": "MolmoProcessor"
        }
        """;
}
