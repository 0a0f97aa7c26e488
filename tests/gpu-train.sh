#!/usr/bin/env bash
# Trains the embedded model in some minutes of a machine with a GPU, on which nothing can be downloaded or built.
#
#   tests/gpu-train.sh pack                       here: packs the lab with its runtime, the recipe and the photographs
#                                                 beside the checkout into artifacts/gpu-train.tar.xz
#   tests/gpu-train.sh run LIBTORCH OUT [MINUTES] [cpu]
#                                                 there, in the checkout with that file: goes on with what lies in OUT;
#                                                 a part begins when the one before is done
#
# LIBTORCH is a folder with libtorch 2.10 or 2.11, such as torch/lib of a PyTorch; OUT takes vision, answers and more,
# the three parts of the recipe, each with state, curves and checkpoint. MINUTES is 12 where nothing is said. With "cpu"
# the same runs on the processor, to try the script.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
package=artifacts/gpu-train.tar.xz
shared=${MOLMO_SHARED:-../shared}

case "${1:-}" in
  pack)
    rm -rf artifacts/gpu-train
    dotnet publish Server/Lab -c Release -r linux-x64 --self-contained -p:MolmoTorch= -o artifacts/gpu-train/lab \
      --verbosity quiet < /dev/null
    # Its libtorch is for a processor, and the machine has its own.
    rm -rf artifacts/gpu-train/lab/libtorch artifacts/gpu-train/lab/wwwroot artifacts/gpu-train/lab/models
    cp -r Server/Lab/Recipes artifacts/gpu-train/
    if [[ -d $shared/photos/blood ]]; then cp -r "$shared/photos/blood" artifacts/gpu-train/blood; fi
    tar -cJf "$package" -C artifacts gpu-train
    ls -lh "$package"
    if (($(stat -c %s "$package") > 64 * 1024 * 1024)); then
      echo "The package has more than 64 MiB, which the machine does not take." >&2
      exit 1
    fi
    ;;
  run)
    mkdir -p "$3"
    out=$(realpath "$3")
    minutes=${4:-12} device=${5:-cuda}
    [[ -d artifacts/gpu-train ]] || tar -xJf "$package" -C artifacts
    end=$(awk "BEGIN { print $SECONDS + 60 * $minutes }")
    before=
    for part in vision answers more; do
      recipe=artifacts/gpu-train/Recipes/molmo-tiny/$part.json
      sed -i "s|\"output\": \"[^\"]*\"|\"output\": \"$out/$part\"|" "$recipe"
      sed -i "s|\"from\": \"[^\"]*\"|\"from\": \"$out/$before/checkpoint\"|" "$recipe"
      sed -i "s|\"folder\": \"[^\"]*blood\"|\"folder\": \"$PWD/artifacts/gpu-train/blood\"|" "$recipe"
      left=$(awk "BEGIN { left = ($end - $SECONDS) / 60; print (left > 0.1 ? left : 0.1) }")
      artifacts/gpu-train/lab/Molmo.Demo.Lab train "$recipe" --device "$device" --libtorch "$2" --minutes "$left" \
        --precision bfloat16 < /dev/null | tee -a "$out/$part.log"
      if ! tail -n 1 "$out/$part.log" | grep -q '^Done\.'; then
        echo "The time is over in $part, which is not done. The same command goes on from there."
        exit 0
      fi
      before=$part
    done
    ;;
  *)
    sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
