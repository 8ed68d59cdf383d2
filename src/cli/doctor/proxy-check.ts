import type { ProxySummary } from '../../observability/proxy-watch.ts';
import { counted, type Finding } from './finding.ts';

/** So many of the visits that came with a header make whoever sent it a proxy, and not a visitor who plays one. */
const PROXY_SHARE = 0.1;

/** What the visits of a running server say of the proxies in front of it. */
export function judgeProxies(seen: ProxySummary, publicUrl: string): Finding[] {
  const { looked, direct, directFromLoopback, unreadable, forwarders } = seen;
  const finding = (level: Finding['level'], text: string): Finding => ({ check: 'proxy', level, text });
  if (looked === 0) return [finding('ok', 'proxies: no visit has come yet, so nothing can be said of them')];
  const forwarded = looked - direct;
  const strangers = forwarders.filter(({ trusted }) => !trusted);
  const busyStrangers = strangers.filter(({ visits }) => visits >= looked * PROXY_SHARE);
  const findings = busyStrangers.map(({ address }) =>
    finding(
      'warn',
      `X-Forwarded-For came from ${address}, which TRUST_PROXY does not name: every visitor behind it counts as one. If it is your proxy, add ${address} to TRUST_PROXY`,
    ),
  );
  if (unreadable > 0) {
    findings.push(
      finding(
        'warn',
        `a trusted proxy sent an X-Forwarded-For that ends with no address (${unreadable} of ${looked} visits): let it append the address of whoever asked it`,
      ),
    );
  }
  if (forwarded === 0 && directFromLoopback === looked && publicUrl.startsWith('https:')) {
    findings.push(
      finding(
        'warn',
        'all visits come from this machine without X-Forwarded-For, so all visitors count as one: let the proxy in front append it',
      ),
    );
  }
  findings.push(...judgeScheme(seen, publicUrl));
  if (findings.length > 0) return findings;
  return [finding('ok', praise(seen))];
}

function judgeScheme({ http, https }: ProxySummary, publicUrl: string): Finding[] {
  const scheme = publicUrl.startsWith('https:') ? 'https' : 'http';
  const [other, others, matching] = scheme === 'https' ? ['http', http, https] : ['https', https, http];
  if (others === 0 || others <= matching) return [];
  return [
    {
      check: 'proxy',
      level: 'warn',
      text: `X-Forwarded-Proto says ${other}, but PUBLIC_URL is ${publicUrl}: visitors arrive over ${other}, or the proxy says it wrongly`,
    },
  ];
}

function praise({ looked, forwarders }: ProxySummary): string {
  const trusted = forwarders.filter((forwarder) => forwarder.trusted);
  const strangers = forwarders.length - trusted.length;
  const ignored =
    strangers === 0
      ? ''
      : `; a few visitors sent an X-Forwarded-For of their own, and it was ignored as it should be`;
  if (trusted.length === 0) return `visits come without a proxy (${looked} looked at)${ignored}`;
  const names = trusted.map(({ address }) => address).join(', ');
  return `visits are forwarded by ${names}, which TRUST_PROXY names (${counted(looked, 'visit')} looked at)${ignored}`;
}
