// A small Worker that greets. GET /health tells edgefleet which version answers, and for whom.
export default {
  async fetch(request, env) {
    // edgefleet adds SETTINGS: what tenants/<tenant>/tenant.config.json says for this tenant.
    const { tenantId } = env.SETTINGS;
    if (new URL(request.url).pathname === "/health") {
      return Response.json({
        version: env.VERSION.id,
        tenant: tenantId,
        environment: env.ENVIRONMENT,
      });
    }
    const greeting = (await env.TEXTS.get("greeting")) ?? "Hello";
    return new Response(`${greeting} from ${tenantId}, ${env.ENVIRONMENT}\n`);
  },
};
