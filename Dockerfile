# Two images from one file: `--target registry` (the service) and `--target runner` (an agent that works for it).
FROM node:20-bookworm-slim AS node

FROM eclipse-temurin:25-jdk AS build
# Node comes as its official binaries; the distribution's own is older than the dashboard needs.
COPY --from=node /usr/local/bin /usr/local/bin
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
WORKDIR /src
COPY . .
RUN ./mvnw -B -ntp -q -DskipTests package

FROM eclipse-temurin:25-jre AS registry
RUN useradd --system --create-home --uid 10001 layerzoo && install -d -o layerzoo /data /shared
WORKDIR /opt/layerzoo
# The program with its libraries beside it, as the build has taken it apart.
COPY --from=build /src/registry-service/target/registry ./
COPY --from=build /src/build/plugins ./plugins/
USER layerzoo
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=6 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '\"UP\"' <&3"]
ENTRYPOINT ["java", "-jar", "registry-service.jar", "--host", "0.0.0.0", "--data", "/data", "--plugins", "plugins"]

FROM eclipse-temurin:25-jdk AS runner
RUN useradd --system --create-home --uid 10002 layerzoo && install -d -o layerzoo /work
WORKDIR /opt/layerzoo
COPY --from=build /src/jvm.options ./
COPY --from=build /src/build/plugins ./plugins/
COPY --from=build /src/registry-cli/target/zoo.jar ./
USER layerzoo
VOLUME /work
# Whether the agent runs; what it does shows at the registry, which has heard of it or not.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["bash", "-c", "tr '\\0' ' ' </proc/1/cmdline | grep -q 'zoo.jar runner'"]
ENTRYPOINT ["java", "@jvm.options", "-jar", "zoo.jar", "runner", "--work", "/work", "--plugins", "plugins"]
