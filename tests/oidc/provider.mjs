// An OpenID provider for tests/it/oidc.rs: real, but for its log-in page. Whoever comes to it is whom `x-account` names.
// node provider.mjs REDIRECT_URI ACCOUNTS   prints its address.
import http from 'node:http';
import { Provider } from 'oidc-provider';

const [redirectUri, accounts] = [process.argv[2], JSON.parse(process.argv[3])];
const server = http.createServer();

server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'hub', client_secret: 'a secret of the hub', redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'roll_number'] },
    conformIdTokenClaims: process.argv[4] !== 'claims-in-token',
    cookies: { keys: ['tests only'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    async loadExistingGrant(ctx) {
      const { client, session } = ctx.oidc;
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const callback = provider.callback();
  server.on('request', (request, response) => {
    if (request.url.startsWith('/interaction/')) {
      const login = { accountId: request.headers['x-account'] };
      provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
    } else {
      callback(request, response);
    }
  });
  console.log(issuer);
});
