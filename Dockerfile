# syntax=docker/dockerfile:1

# Installs everything, and builds the SDK and the web app. mediasoup's own
# install step brings its worker here.
FROM node:24-bookworm-slim AS build
WORKDIR /balai
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
COPY protocol/package.json protocol/
COPY client-sdk/package.json client-sdk/
COPY server/package.json server/
COPY web/package.json web/
RUN npm ci
COPY . .
RUN npm run build -w client-sdk && npm run build -w web && npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production BALAI_DATA_DIR=/var/lib/balai
WORKDIR /balai
COPY --from=build /balai/package.json ./
COPY --from=build /balai/node_modules node_modules
COPY --from=build /balai/protocol protocol
COPY --from=build /balai/server server
COPY --from=build /balai/migrations migrations
# For the operator: balai nodes, balai backup (docs/operations.md).
COPY --from=build /balai/scripts scripts
RUN ln -s /balai/scripts/balai.mjs /usr/local/bin/balai
COPY --from=build /balai/web/dist web/dist
RUN install -d -o node -g node -m 0700 /var/lib/balai
USER node
VOLUME /var/lib/balai
EXPOSE 3000/tcp 40000-40063/udp 40000-40063/tcp
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server/src/main.ts"]
