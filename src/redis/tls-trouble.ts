import type { RedisTrouble, TroubleFacts } from './setup-error.ts';

/** The client speaks TLS, and the server at that port does not. */
export const portIsPlain: RedisTrouble = {
  found: 'does not speak TLS on that port',
  fix: 'write redis:// without the second s in REDIS_URL, or name its TLS port (tls-port)',
};

/** Explains the code with which a TLS handshake failed; undefined for other codes. */
export function ofTls(code: string, { address, names, access }: TroubleFacts): RedisTrouble | undefined {
  const ownAuthority = access.tls?.ca !== undefined;
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return {
        found:
          code === 'DEPTH_ZERO_SELF_SIGNED_CERT'
            ? 'has a self-signed certificate that is not known here'
            : `has a certificate from an authority that is not ${!ownAuthority ? 'known here' : 'in REDIS_TLS_CA_FILE'}`,
        fix: `${!ownAuthority ? 'set REDIS_TLS_CA_FILE to' : 'put into REDIS_TLS_CA_FILE'} a PEM file with that authority's certificate${!ownAuthority ? ' (or NODE_EXTRA_CA_CERTS, for all that the bot calls)' : ''}`,
      };
    case 'CERT_HAS_EXPIRED':
      return { found: 'has a certificate that has expired', fix: 'give it a new one' };
    case 'CERT_NOT_YET_VALID':
      return { found: 'has a certificate that is not valid yet', fix: 'look at the clock of this machine' };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        found: `has a certificate for another host${names.length > 0 ? `: ${names.join(', ')}` : ''}`,
        fix: `${namesInstead[address.kind]}, or set REDIS_TLS_SERVER_NAME to a name that all their certificates have`,
      };
    default:
  }
  const alert = /^ERR_SSL_\w+_ALERT_(\w+)$/.exec(code)?.[1];
  if (alert === undefined) {
    return /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/.test(code) ? portIsPlain : undefined;
  }
  if (/CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE/.test(alert)) {
    return access.tls?.cert !== undefined
      ? {
          found: `refuses this client's certificate (${alert.toLowerCase().replaceAll('_', ' ')})`,
          fix: 'put one into REDIS_TLS_CERT_FILE from an authority that the server knows (its tls-ca-cert-file)',
        }
      : {
          found: 'needs a certificate from this client',
          fix: 'set REDIS_TLS_CERT_FILE and REDIS_TLS_KEY_FILE, or tls-auth-clients no on the server',
        };
  }
  return {
    found: `ends the TLS handshake: ${alert.toLowerCase().replaceAll('_', ' ')}`,
    fix: 'look at its log',
  };
}

const namesInstead = {
  single: 'name the host in REDIS_URL as its certificate does',
  sentinel:
    'make the sentinels answer with names (sentinel resolve-hostnames yes, sentinel announce-hostnames yes)',
  cluster:
    'make the nodes answer with names (cluster-announce-hostname, cluster-preferred-endpoint-type hostname)',
} as const;
