// An OpenID provider that lies, each time as the code says: for tests/it/oidc.rs.
// node hostile.mjs CLIENT_ID   prints its address. GET /authorize?…&lie=NAME gives a code that names the lie.
import crypto from 'node:crypto';
import http from 'node:http';

const client = process.argv[2];
const [own, other] = [0, 1].map(() => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }));
const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);
const asked = new Map();
let issuer;

const lies = {
  none: {},
  another_nonce: { claims: { nonce: 'of somebody else' } },
  no_nonce: { claims: { nonce: undefined } },
  another_audience: { claims: { aud: 'somebody-else' } },
  two_audiences: { claims: { aud: [client, 'somebody-else'] } },
  another_issuer: { claims: { iss: 'https://login.example' } },
  expired: { claims: { exp: 1_000_000_000 } },
  no_expiry: { claims: { exp: undefined } },
  no_subject: { claims: { sub: undefined } },
  unsigned: { header: { alg: 'none' }, sign: () => '' },
  public_key_as_secret: {
    header: { alg: 'HS256' },
    sign: (text) => crypto.createHmac('sha256', own.publicKey.export({ type: 'spki', format: 'pem' })).update(text).digest('base64url'),
  },
  another_key: { sign: (text) => crypto.sign('sha256', Buffer.from(text), other.privateKey).toString('base64url') },
  key_in_the_header: {
    header: { jwk: other.publicKey.export({ format: 'jwk' }), kid: undefined },
    sign: (text) => crypto.sign('sha256', Buffer.from(text), other.privateKey).toString('base64url'),
  },
};

function token(lie, nonce) {
  const { header = {}, claims = {}, sign } = lies[lie];
  const head = { alg: 'RS256', kid: 'own', typ: 'JWT', ...header };
  const body = {
    iss: issuer, aud: client, sub: 'kavya', iat: seconds(), exp: seconds() + 300, nonce,
    email: 'kavya@college.example', email_verified: true, ...claims,
  };
  const text = `${encode(head)}.${encode(body)}`;
  const honest = (text) => crypto.sign('sha256', Buffer.from(text), own.privateKey).toString('base64url');
  return `${text}.${(sign ?? honest)(text)}`;
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url, issuer);
  const answer = (value) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  };
  if (url.pathname === '/.well-known/openid-configuration') {
    answer({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    });
  } else if (url.pathname === '/jwks') {
    answer({ keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'own', use: 'sig', alg: 'RS256' }] });
  } else if (url.pathname === '/authorize') {
    const code = crypto.randomUUID();
    asked.set(code, [url.searchParams.get('lie'), url.searchParams.get('nonce')]);
    answer({ code, state: url.searchParams.get('state') });
  } else if (url.pathname === '/token') {
    let form = '';
    request.on('data', (chunk) => { form += chunk; });
    request.on('end', () => {
      const [lie, nonce] = asked.get(new URLSearchParams(form).get('code'));
      answer({ access_token: 'opaque', token_type: 'Bearer', expires_in: 300, id_token: token(lie, nonce) });
    });
  } else {
    response.statusCode = 404;
    response.end();
  }
});

server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  console.log(issuer);
});
