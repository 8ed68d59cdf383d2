/** The languages in which this API says what is wrong; whoever asks for another reads English. */
export type MessageLanguage = 'en' | 'ko';

interface Message {
  /** `code` of the envelope. */
  readonly code: number;
  /** Of the answer itself: 200 where the caller's own values are wrong. */
  readonly status?: number;
  /** `{name}` stands for a value of the case. */
  readonly en: string;
  readonly ko: string;
}

/**
 * Everything this API can refuse, in one place. The documented service has no list of its codes; clients only tell 0
 * from the rest, so the numbers are ours, in the meaning HTTP gives them.
 */
export const MESSAGES = {
  required: {
    code: 400,
    en: 'This field is required; send a value.',
    ko: '필수 항목입니다. 값을 보내 주세요.',
  },
  notText: { code: 400, en: 'Send a string.', ko: '문자열로 보내 주세요.' },
  notWholeNumber: {
    code: 400,
    en: 'Send an integer from {min} to {max}.',
    ko: '{min}부터 {max}까지의 정수로 보내 주세요.',
  },
  notYesNo: { code: 400, en: 'Send "Y" or "N".', ko: '"Y" 또는 "N"으로 보내 주세요.' },
  notAChoice: { code: 400, en: 'Send one of {choices}.', ko: '{choices} 중 하나로 보내 주세요.' },
  wrongLength: { code: 400, en: 'Send {min} to {max} characters.', ko: '{min}~{max}자로 보내 주세요.' },
  tooLong: { code: 400, en: 'Send at most {max} characters.', ko: '{max}자 이하로 보내 주세요.' },
  wrongCharacters: {
    code: 400,
    en: 'Leave out control characters and broken Unicode.',
    ko: '제어 문자와 깨진 유니코드 문자를 빼고 보내 주세요.',
  },
  notLocalTime: {
    code: 400,
    en: 'Send a date and time from 1970 to 9999, such as 2026-03-31 23:59:59.',
    ko: '1970년부터 9999년까지의 날짜와 시각을 2026-03-31 23:59:59 형식으로 보내 주세요.',
  },
  endBeforeStart: {
    code: 400,
    en: 'The end must not be before {start}; send a later date and time.',
    ko: '{start}보다 빠를 수 없습니다. 더 늦은 날짜와 시각을 보내 주세요.',
  },
  windowTooLong: {
    code: 400,
    en: 'The time from {start} to here must not be longer than a year; send an earlier date and time.',
    ko: '{start}부터 1년을 넘을 수 없습니다. 더 이른 날짜와 시각을 보내 주세요.',
  },
  notLocalDay: {
    code: 400,
    en: 'Send a date from 1970 to 9999, such as 2026-03-31.',
    ko: '1970년부터 9999년까지의 날짜를 2026-03-31 형식으로 보내 주세요.',
  },
  dayBeforeStart: {
    code: 400,
    en: 'The end must not be before {start}; send the same or a later date.',
    ko: '{start}보다 빠를 수 없습니다. 같거나 더 늦은 날짜를 보내 주세요.',
  },
  spanTooLong: {
    code: 400,
    en: 'The time from {start} to here must not be longer than a month; send an earlier date.',
    ko: '{start}부터 1개월을 넘을 수 없습니다. 더 이른 날짜를 보내 주세요.',
  },
  notUrl: {
    code: 400,
    en: 'Send a whole URL that starts with http:// or https:// and has no spaces.',
    ko: 'http:// 또는 https://로 시작하고 공백이 없는 전체 URL을 보내 주세요.',
  },
  ownUrl: {
    code: 400,
    en: 'This is the short URL of the link itself; send the URL of the page it leads to.',
    ko: '이 링크 자신의 단축 URL입니다. 이동할 페이지의 URL을 보내 주세요.',
  },
  notSecureUrl: {
    code: 400,
    en: 'Send a whole URL that starts with https:// and has no spaces.',
    ko: 'https://로 시작하고 공백이 없는 전체 URL을 보내 주세요.',
  },
  urlTooLong: {
    code: 400,
    en: 'Send a URL of at most {max} bytes.',
    ko: '{max}바이트 이하의 URL을 보내 주세요.',
  },
  wrongPassword: {
    code: 400,
    en: 'Send {min} to {max} characters, without control characters.',
    ko: '제어 문자 없이 {min}~{max}자로 보내 주세요.',
  },
  wrongLinkId: {
    code: 400,
    en: 'Send letters, digits, "-", "_" and "."; a "." neither first nor last.',
    ko: '글자, 숫자, "-", "_", "."만 보내 주세요. "."은 처음과 끝에 올 수 없습니다.',
  },
  reservedLinkId: {
    code: 400,
    en: 'This word is reserved; choose another.',
    ko: '예약된 단어입니다. 다른 값을 보내 주세요.',
  },
  belongsToGroups: {
    code: 400,
    en: 'Webhooks are a matter of groups; send this field to the group of the link.',
    ko: '웹훅은 그룹에서 설정합니다. 이 항목은 링크의 그룹에 보내 주세요.',
  },
  callbackNeeded: {
    code: 400,
    en: 'A webhook needs a receiver; send its URL together with webhookEnableYn.',
    ko: '웹훅을 받을 주소가 필요합니다. webhookEnableYn과 함께 URL을 보내 주세요.',
  },
  callbackRefused: {
    code: 400,
    en: 'Send an https:// URL of a public server, without user name and password.',
    ko: '사용자 이름과 비밀번호 없이, 공개 서버의 https:// 주소를 보내 주세요.',
  },
  sentTwice: { code: 400, en: 'Send this parameter once.', ko: '이 항목은 한 번만 보내 주세요.' },
  notAList: { code: 400, en: 'Send an array of links.', ko: '링크 배열로 보내 주세요.' },
  noLinks: { code: 400, en: 'Send at least one link.', ko: '링크를 하나 이상 보내 주세요.' },
  notAnObject: { code: 400, en: 'Send a JSON object.', ko: 'JSON 객체로 보내 주세요.' },
  invalid: { code: 400, en: 'This value is not valid.', ko: '올바르지 않은 값입니다.' },

  noBody: {
    code: 400,
    en: 'Send the parameters as one JSON object in the body.',
    ko: '요청 본문에 JSON 객체 하나로 항목을 보내 주세요.',
  },
  unreadableBody: {
    code: 400,
    en: 'The body cannot be read as JSON; check it and send it again.',
    ko: '요청 본문을 JSON으로 읽을 수 없습니다. 확인한 뒤 다시 보내 주세요.',
  },
  notUtf8: {
    code: 400,
    en: 'The body is not UTF-8; encode it so and send it again.',
    ko: '요청 본문이 UTF-8이 아닙니다. UTF-8로 인코딩해서 다시 보내 주세요.',
  },
  wrongContentType: {
    code: 400,
    en: 'Send the body with Content-Type: application/json or application/x-www-form-urlencoded.',
    ko: 'Content-Type을 application/json 또는 application/x-www-form-urlencoded로 보내 주세요.',
  },
  unreadablePath: {
    code: 400,
    en: 'The path of the request cannot be read; check its encoding.',
    ko: '요청 경로를 읽을 수 없습니다. 인코딩을 확인해 주세요.',
  },

  unknownLink: {
    code: 404,
    en: 'There is no such link; check linkId (upper and lower case differ) and domain.',
    ko: '링크를 찾을 수 없습니다. linkId(대소문자 구분)와 domain을 확인해 주세요.',
  },
  unknownGroup: {
    code: 404,
    en: 'There is no such group; check the number.',
    ko: '그룹을 찾을 수 없습니다. 번호를 확인해 주세요.',
  },
  gone: {
    code: 404,
    en: 'It has been deleted meanwhile.',
    ko: '그 사이에 삭제되었습니다.',
  },
  takenLinkId: {
    code: 409,
    en: 'This link ID is already in use on the domain; choose another.',
    ko: '이 도메인에서 이미 사용 중인 링크 ID입니다. 다른 값을 보내 주세요.',
  },
  tooManyLinks: {
    code: 413,
    en: 'Send at most {max} links in one call.',
    ko: '한 번에 최대 {max}개의 링크를 보내 주세요.',
  },
  tooManyGroups: {
    code: 413,
    en: 'Send at most {max} groups in one call.',
    ko: '한 번에 최대 {max}개의 그룹을 보내 주세요.',
  },
  unknownDomain: {
    code: 422,
    en: 'This is no domain of yours; send one of your short domains, such as https://go.example.com.',
    ko: '등록된 도메인이 아닙니다. https://go.example.com처럼 등록된 단축 도메인을 보내 주세요.',
  },
  otherDomain: {
    code: 422,
    en: 'The link is on another domain; send the domain of its short URL.',
    ko: '링크가 다른 도메인에 있습니다. 단축 URL의 도메인을 보내 주세요.',
  },
  webhooksOff: {
    code: 423,
    en: 'The global webhook is switched off; switch webhooks on for the project first.',
    ko: '글로벌 웹훅이 꺼져 있습니다. 먼저 프로젝트에서 웹훅을 켜 주세요.',
  },

  noKey: {
    code: 401,
    status: 401,
    en: 'The API key is missing or not valid; send it as "Authorization: APIKey …".',
    ko: 'API 키가 없거나 올바르지 않습니다. "Authorization: APIKey …" 헤더로 보내 주세요.',
  },
  expiredKey: {
    code: 401,
    status: 401,
    en: 'The API key has expired; use a new one.',
    ko: 'API 키가 만료되었습니다. 새 키를 사용해 주세요.',
  },
  lacksScope: {
    code: 403,
    status: 403,
    en: 'The API key does not allow this; use one with the scope {scope}.',
    ko: 'API 키에 권한이 없습니다. {scope} 권한이 있는 키를 사용해 주세요.',
  },
  forbidden: {
    code: 403,
    status: 403,
    en: 'The API key does not allow this.',
    ko: 'API 키에 권한이 없습니다.',
  },
  unknownPath: {
    code: 404,
    status: 404,
    en: 'There is no such endpoint; check method and path.',
    ko: '없는 API입니다. 메서드와 경로를 확인해 주세요.',
  },
  bodyTooLarge: {
    code: 413,
    status: 413,
    en: 'The body is too large; send less in one call.',
    ko: '요청 본문이 너무 큽니다. 나누어 보내 주세요.',
  },
  tooManyRequests: {
    code: 429,
    status: 429,
    en: 'Too many requests; try again in {seconds} s.',
    ko: '요청이 너무 많습니다. {seconds}초 뒤에 다시 시도해 주세요.',
  },
  internal: {
    code: 500,
    status: 500,
    en: 'Something went wrong on our side; it has been logged. Try again later.',
    ko: '서버에 문제가 생겨 기록해 두었습니다. 나중에 다시 시도해 주세요.',
  },
  busy: {
    code: 503,
    status: 503,
    en: 'Too much is asked at once; try again in a moment.',
    ko: '지금은 요청이 몰려 처리할 수 없습니다. 잠시 뒤에 다시 시도해 주세요.',
  },
  unavailable: {
    code: 503,
    status: 503,
    en: 'The database cannot be reached now; try again in a moment.',
    ko: '지금은 데이터베이스에 연결할 수 없습니다. 잠시 뒤에 다시 시도해 주세요.',
  },
} as const satisfies Record<string, Message>;

export type MessageKind = keyof typeof MESSAGES;
export type MessageValues = Readonly<Record<string, string | number>>;

export function sentence(language: MessageLanguage, kind: MessageKind, values: MessageValues = {}): string {
  return MESSAGES[kind][language].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    // Both languages group thousands by a comma.
    return typeof value === 'number' ? value.toLocaleString('en') : value;
  });
}

/** Said after the problems that are named one by one. */
export const MORE: Readonly<Record<MessageLanguage, (count: number) => string>> = {
  en: (count) => `And ${count} more.`,
  ko: (count) => `그 밖에 ${count}건이 더 있습니다.`,
};
