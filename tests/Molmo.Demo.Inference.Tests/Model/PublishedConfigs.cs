namespace Molmo.Demo.Inference.Tests.Model;

/// <summary>The published configurations, as far as they describe the network.</summary>
internal static class PublishedConfigs
{
    public const string SevenBillionD =
        """
        {"model_type": "molmo", "architectures": ["MolmoForCausalLM"], "attention_layer_norm": false, "clip_qkv": null,
        "embedding_size": 152064,
         "hidden_size": 3584, "intermediate_size": 37888, "layer_norm_eps": 1e-06, "layer_norm_type": "rms",
         "max_position_embeddings": 4096,
         "norm_after": false, "num_attention_heads": 28, "num_hidden_layers": 28, "num_key_value_heads": 4,
         "qkv_bias": true, "rope_theta": 1000000.0,
         "tie_word_embeddings": false, "torch_dtype": "float32", "use_cache": true, "use_position_ids": true,
         "vocab_size": 152064, "weight_tying": false}
        """;

    public const string SevenBillionO =
        """
        {"model_type": "molmo", "attention_layer_norm": true, "clip_qkv": null, "embedding_size": 100352,
        "hidden_size": 4096,
         "intermediate_size": 22016, "layer_norm_eps": 1e-06, "layer_norm_type": "rms", "max_position_embeddings": 4096,
         "norm_after": true,
         "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": null, "qkv_bias": false,
         "rope_theta": 500000.0,
         "tie_word_embeddings": false, "use_position_ids": true, "vocab_size": 100278, "weight_tying": false}
        """;

    public const string SeventyTwoBillion =
        """
        {"model_type": "molmo", "attention_layer_norm": false, "clip_qkv": null, "embedding_size": 152064,
        "hidden_size": 8192,
         "intermediate_size": 59136, "layer_norm_eps": 1e-05, "layer_norm_type": "rms", "max_position_embeddings": 4096,
         "norm_after": false,
         "num_attention_heads": 64, "num_hidden_layers": 80, "num_key_value_heads": 8, "qkv_bias": true,
         "rope_theta": 1000000.0,
         "tie_word_embeddings": false, "use_position_ids": true, "vocab_size": 152064, "weight_tying": false}
        """;

    public const string Mixture =
        """
        {"model_type": "molmo", "activation_type": "swiglu", "additional_vocab_size": 128, "alibi": false,
        "attention_layer_norm": true,
         "bias_for_layer_norm": false, "block_type": "moe", "clip_qkv": null, "d_model": 2048, "embedding_size": 50304,
         "image_padding_embed": "pad_and_partial_pad", "image_pooling_2d": "attention-meanq", "image_pooling_h": 2,
         "image_pooling_w": 2,
         "image_projector": "mlp", "include_bias": false, "layer_norm_eps": 1e-05, "layer_norm_type": "rms",
         "max_position_embeddings": 32768,
         "max_sequence_length": 4096, "mlp_hidden_size": null, "mlp_ratio": 1, "moe_dropless": true,
         "moe_interleave": false,
         "moe_num_experts": 64, "moe_shared_expert": false, "moe_top_k": 8, "n_heads": 16, "n_kv_heads": null,
         "n_layers": 16, "norm_after": false,
         "qkv_bias": false, "rope": true, "rope_impl": "llama", "rope_theta": 10000.0, "use_position_ids": true,
         "vocab_size": 50280,
         "weight_tying": false, "vit_layers": [-2, -9],
         "vision_backbone": {"image_default_input_size": [336, 336], "image_emb_dim": 1024, "image_head_dim": 64,
         "image_mlp_activations": "quick_gelu",
           "image_mlp_dim": 4096, "image_norm_eps": 1e-05, "image_num_heads": 16, "image_num_key_value_heads": 16,
           "image_num_layers": 23,
           "image_num_pos": 577, "image_patch_size": 14, "image_pos_patch_size": 14}}
        """;
}
