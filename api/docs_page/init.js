// The page for trying the API out: its document, and what a browser session needs to be believed.
const own = (request) => new URL(request.url, location.href).origin === location.origin;
const SAFE = ["GET", "HEAD", "OPTIONS"];

async function csrf() {
  const answer = await fetch("/v1/api/session");
  return answer.ok ? (await answer.json()).csrf : null;
}

window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "none",
  tagsSorter: "alpha",
  tryItOutEnabled: true,
  // Nothing is asked of, or told to, any other server.
  validatorUrl: null,
  queryConfigEnabled: false,
  persistAuthorization: false,
  async requestInterceptor(request) {
    if (!own(request)) throw new Error(`${request.url} is not of this server`);
    const changes = !SAFE.includes((request.method ?? "GET").toUpperCase());
    const token = changes && !request.headers.Authorization ? await csrf() : null;
    if (token) request.headers["X-Shardwright-Csrf"] = token;
    return request;
  },
});
