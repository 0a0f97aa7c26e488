# The web site with its engine on the CPU. It cannot be built where this repository is developed (no container engine),
# so it is kept as plain as possible.
#
#   docker build -t molmo-demo .
#   docker run -p 8080:8080 -v molmo-data:/data molmo-demo
#   docker run -p 8080:8080 -v molmo-data:/data -v /path/to/Molmo-7B-D-0924:/model:ro -e Molmo__Model=/model molmo-demo

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
RUN dotnet publish Server --configuration Release --output /app

# Its default image has ICU; those named "alpine" and "chiseled" lack it.
FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
RUN mkdir /data && chown "$APP_UID" /data
USER $APP_UID
ENV ASPNETCORE_URLS=http://+:8080 Molmo__Data=/data
EXPOSE 8080
VOLUME /data
# The image has no curl.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["./Molmo.Demo.Server"]
