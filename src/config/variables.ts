/** Every variable the product reads, in the order in which `docs/configuration.md` lists them. */
export const VARIABLES = [
  {
    name: 'PORT',
    default: '8080',
    about: 'TCP port to listen on; 0 takes a free one and logs it.',
  },
  {
    name: 'HOST',
    default: 'all addresses',
    about: 'Address to listen on. `127.0.0.1` keeps the server to this machine.',
  },
  {
    name: 'PUBLIC_URL',
    default: 'http://localhost:$PORT',
    about:
      'Where the world reaches this installation (scheme, host, port; no path). Its host is the default short domain, and short URLs in answers start with it.',
  },
  {
    name: 'DATA_DIR',
    default: './data',
    about:
      'Folder of the click journal and, without `DATABASE_URL`, of the two SQLite files. Belongs to one server process at a time.',
  },
  {
    name: 'DATABASE_URL',
    default: 'not set: SQLite in `DATA_DIR`',
    about:
      '`postgres://user:password@host:port/database` for PostgreSQL 14 or newer, with as many server processes as you like (each with a `DATA_DIR` of its own).',
  },
  {
    name: 'DATABASE_POOL_SIZE',
    default: '10',
    about: 'PostgreSQL connections of one server process for lookups and management, 2 to 200.',
  },
  {
    name: 'TRUST_PROXY',
    default: '127.0.0.0/8, ::1',
    about:
      'Addresses or CIDR ranges of reverse proxies whose `X-Forwarded-For` is believed, separated by commas; `none` for nobody. Behind a proxy on another machine this must name it, or every visitor has the address of the proxy.',
  },
  {
    name: 'TIME_ZONE',
    default: 'the time zone of the machine',
    about: 'IANA name, such as `Asia/Seoul`: the zone of the default project when it is first made.',
  },
  {
    name: 'HOME_COUNTRY',
    default: 'KR',
    about:
      'Two-letter country (ISO 3166) that is not "foreign" for `excludeForeign`: of the default project when it is first made.',
  },
  {
    name: 'CLICK_DURABILITY',
    default: 'process',
    about:
      '`process`: a visitor is answered once the operating system has the click (a killed process loses none; a power cut can cost the last 50 ms). `disk`: answered after the disk has it; a stalling disk is then felt by visitors.',
  },
  {
    name: 'GEO_DATABASE',
    default: 'packaged',
    about:
      'Which database tells the country of a click: `packaged` (countries by DB-IP, part of the installation), the path of a MaxMind DB file (`.mmdb`) with countries or cities, or `none`. Looked up offline, when clicks are ingested; a file is read at the start.',
  },
  {
    name: 'RAW_CLICK_DAYS',
    default: 'not set: raw clicks are kept for ever',
    about:
      'Days that raw clicks and what tells one visitor from another are kept, 1 to 36,500. What is older is deleted once a day; the figures of statistics stay.',
  },
  {
    name: 'DOMAIN_ALIASES',
    default: 'vvd.bz, vvd.im, b2co.link',
    about:
      'Host names in client requests that mean the default domain, so that a client of another service only changes its base URL and key.',
  },
  {
    name: 'BOOTSTRAP_API_KEY',
    default: 'not set: the first start makes a key and prints it once',
    about:
      'A key (20 to 200 printable characters without spaces) made valid for the default project at start, with every scope; for automation.',
  },
  {
    name: 'LINK_INDEX_SIZE',
    default: '200000',
    about:
      'How many links (and misses) a process remembers, 1,000 to 10,000,000; some 0.8 kB each. Others are looked up in the database when visited.',
  },
  {
    name: 'STATISTICS_CACHE_MB',
    default: '128',
    about:
      'Megabytes of memory that a process uses to remember what statistics have read, 0 to 100,000; it is taken when somebody asks. Ten million clicks are some 300 MB in all, of which a question needs a tenth.',
  },
  {
    name: 'BIT2CONNECT_RATE_LIMIT',
    default: '180000',
    about:
      'Requests that one key may make in an hour of the Bit2Connect API under `/1.0`, 1 to 1,000,000,000; more are answered 429. Each server process counts for itself.',
  },
  {
    name: 'VIVOLDI_RATE_LIMIT',
    default: 'not set: no limit',
    about:
      'Requests that one key may make of the Vivoldi API under `/api/link`, `/api/link-group` and `/api/statistics`: `30/minute, 600/hour`, or one of the two; more are answered 429. Each server process counts for itself.',
  },
  {
    name: 'SMTP_URL',
    default: 'not set: mails are kept and shown as not sent',
    about:
      'Mail server for notifications: `smtp://user:password@host:587` (STARTTLS where the server offers it) or `smtps://user:password@host:465`; user name and password are percent-encoded.',
  },
  {
    name: 'MAIL_FROM',
    default: '`switchyard@` and the host of `PUBLIC_URL`',
    about: 'Sender of mails: `links@example.com` or `Links <links@example.com>`.',
  },
  {
    name: 'ALLOW_PRIVATE_TARGETS',
    default: '`true` when `PUBLIC_URL` is this machine (`localhost`, a loopback address), else `false`',
    about:
      'Whether webhooks and whatever else is called because a client named it may lie in a private network or speak http: `true` or `false`. With `false` only public addresses are called, and only over https; pages whose title is fetched for previews may be public ones over http as well.',
  },
  {
    name: 'FETCH_PREVIEWS',
    default: 'on',
    about:
      '`on`: the page that a link without a title, description or picture leads to is read once, for the preview that chats show of the link. `off`: no destination is ever called.',
  },
  {
    name: 'PUSH_SERVICES',
    default: 'not set: those of the browser makers',
    about:
      'Hosts of further push services that browsers may subscribe with, separated by commas; each stands for its subdomains, too. Those of Google, Mozilla, Apple and Microsoft are taken anyway, all others are refused.',
  },
  {
    name: 'DELIVERY_LOG_DAYS',
    default: '7',
    about: 'Days that deliveries which have come to their end are kept in the log, 1 to 3,650.',
  },
  {
    name: 'METRICS_TOKEN',
    default: 'not set: only programs on the same machine',
    about:
      'Who sends it as `Authorization: Bearer …` may read `/metrics` from anywhere; 20 to 200 printable characters without spaces.',
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    about:
      '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. Redirects are never logged one by one.',
  },
] as const;

export type VariableName = (typeof VARIABLES)[number]['name'];
