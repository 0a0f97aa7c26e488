# The web site with its engine on the CPU: what a build without --target makes. With --target gpu, on an NVIDIA GPU.
# Neither can be built where this repository is developed (no container engine), so they are kept as plain as possible.
#
#   docker build -t molmo-demo .
#   docker run -p 8080:8080 -v molmo-data:/data molmo-demo
#   docker run -p 8080:8080 -v molmo-data:/data -v /path/to/Molmo-7B-D-0924:/model:ro -e Molmo__Model=/model molmo-demo
#
#   docker build --target gpu -t molmo-demo-gpu .
#   docker run --gpus all -p 8080:8080 -v molmo-data:/data -v /path/to/Molmo-7B-D-0924:/model:ro \
#     -e Molmo__Model=/model molmo-demo-gpu

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS source
WORKDIR /src
COPY . .

FROM source AS build
# Compiled ahead, the first answer after a start comes a sixth to a fifth sooner.
RUN dotnet publish Server --configuration Release --use-current-runtime --self-contained false \
    -p:PublishReadyToRun=true --output /app

# Takes libtorch and CUDA along, some 3 GB from the package source.
FROM source AS build-gpu
RUN dotnet publish Server --configuration Release -p:MolmoTorch=cuda --output /app

# Its default image has ICU; those named "alpine" and "chiseled" lack it. CUDA comes with the program, the driver from
# the host.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS base
WORKDIR /app
RUN mkdir /data && chown "$APP_UID" /data
USER $APP_UID
ENV ASPNETCORE_URLS=http://+:8080 Molmo__Data=/data
EXPOSE 8080
VOLUME /data
# The image has no curl.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["./Molmo.Demo.Server"]

FROM base AS gpu
# What the host's NVIDIA Container Toolkit is to pass in.
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-gpu /app .

FROM base AS cpu
COPY --from=build /app .
