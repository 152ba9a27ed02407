# Two images from one file: `--target registry` (the service) and `--target runner` (an agent that works for it).
FROM node:20-bookworm-slim AS node

FROM eclipse-temurin:25-jdk AS build
# Node comes as its official binaries; the distribution's own is older than the dashboard needs.
COPY --from=node /usr/local/bin /usr/local/bin
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
WORKDIR /src
COPY . .
RUN ./mvnw -B -ntp -q -DskipTests package

FROM eclipse-temurin:25-jdk AS base
RUN useradd --system --create-home --uid 10001 layerzoo && install -d -o layerzoo /data
WORKDIR /opt/layerzoo
COPY --from=build /src/jvm.options ./
COPY --from=build /src/build/plugins ./plugins/
USER layerzoo

FROM base AS registry
COPY --from=build /src/registry-service/target/registry-service.jar ./
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["java", "-jar", "registry-service.jar", "--host", "0.0.0.0", "--data", "/data", "--plugins", "plugins"]

FROM base AS runner
COPY --from=build /src/registry-cli/target/zoo.jar ./
ENTRYPOINT ["java", "@jvm.options", "-cp", "zoo.jar", "org.layerzoo.runner.agent.AgentMain", "--plugins", "plugins"]
