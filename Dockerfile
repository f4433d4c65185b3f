# Version of the Node image: a minor line, which still gets its security fixes. Pin a digest for builds that never move.
ARG NODE=24.11

FROM node:${NODE}-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The playground and its pretend Slack are for development: only their names are needed here.
COPY packages/playground/package.json packages/playground/
COPY packages/slack-double/package.json packages/slack-double/
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# Optional packages that the image brings, with blanks between: --build-arg OPTIONAL="@kubernetes/client-node"
ARG OPTIONAL=
# The others go, and what only builds need. What is left is plain JavaScript, so that it runs on the small image too.
RUN for name in $(npm pkg get optionalDependencies | grep -o '"@[^"]*"' | tr -d '"'); do \
      case " $OPTIONAL " in *" $name "*) ;; *) npm pkg delete "optionalDependencies.$name" ;; esac; \
    done && npm prune --omit=dev

FROM node:${NODE}-alpine
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
