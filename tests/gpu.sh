#!/usr/bin/env bash
# The check on a machine with a GPU, on which nothing can be downloaded or built.
#
#   tests/gpu.sh pack                       here: packs the tests with their runtime into artifacts/gpu.tar.xz
#   tests/gpu.sh run LIBTORCH OUT [cpu]     there, in the checkout with that file: parity first, then the figures
#
# LIBTORCH is a folder with libtorch 2.10 or 2.11, such as torch/lib of a PyTorch; OUT takes the results. With "cpu" the
# same runs on the processor, to try the script. Where python3 has torch, the eager implementation is measured beside
# it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
package=artifacts/gpu.tar.xz

case "${1:-}" in
  pack)
    dotnet publish tests/Molmo.Demo.Inference.Tests -c Release -r linux-x64 --self-contained -o artifacts/gpu \
      --verbosity quiet < /dev/null
    # The tests name their own folder of libtorch.
    rm -rf artifacts/gpu/libtorch
    tar -cJf "$package" -C artifacts gpu
    ls -lh "$package"
    ;;
  run)
    export MOLMO_LIBTORCH=$2 MOLMO_TORCH_DEVICE=${4:-cuda}
    out=$(realpath "$3")
    [[ -d artifacts/gpu ]] || tar -xJf "$package" -C artifacts
    tests=(artifacts/gpu/Molmo.Demo.Inference.Tests -noColor -noLogo)
    name=Molmo.Demo.Inference.Tests
    "${tests[@]}" -class $name.Model.GoldenModelTests -class $name.Model.TinyCheckpointTests \
      -class $name.Model.ModelRunnerTests -class "$name.Torch.*" -class $name.Engine.TinyModelEngineTests \
      < /dev/null > "$out/parity.log" 2>&1 || true
    tail -n 1 "$out/parity.log"
    # With the fuser of TorchScript off, which is the default here, and on.
    for fuser in 0 1; do
      PYTORCH_TENSOREXPR=$fuser MOLMO_RUNNER_FIGURES=$out/figures-fuser-$fuser.md \
        "${tests[@]}" -class $name.Torch.RunnerFigures < /dev/null > "$out/figures-fuser-$fuser.log" 2>&1 || true
      cat "$out/figures-fuser-$fuser.md" || tail -n 20 "$out/figures-fuser-$fuser.log"
    done
    if python3 -c "import torch" 2> /dev/null; then
      python3 tests/gpu_eager.py "$MOLMO_TORCH_DEVICE" | tee "$out/eager.md"
    fi
    if command -v nvidia-smi > /dev/null; then nvidia-smi > "$out/nvidia-smi.txt"; fi
    ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
