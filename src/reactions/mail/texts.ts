import type { Language } from '../../languages.ts';
import type { EndpointDisabledNotice } from '../webhooks/endpoint-disabled-notice.ts';

/**
 * Every word of the mails. What is put into a sentence is plain text; counts are written for the language, so that one is
 * `1` in each of them.
 */
export interface MailTexts {
  /** Subject and heading. `name` is the link's title, or its address. */
  readonly reached: (name: string, clicks: string) => string;
  readonly link: string;
  readonly group: string;
  readonly columns: { readonly clicks: string; readonly visitors: string; readonly at: string };
  readonly earlier: (count: string) => string;
  readonly every: (clicks: string) => string;
  readonly timesIn: (zone: string) => string;
  readonly endpoint: {
    readonly subject: (name: string) => string;
    /** Of more than one. */
    readonly subjectOfMany: (count: string) => string;
    /** Above the list of those that are not told in full. */
    readonly further: string;
    /** How many are not even listed. */
    readonly unlisted: (count: string) => string;
    /** What the webhook of the project itself is called. */
    readonly ofProject: string;
    readonly ofGroup: (name: string) => string;
    readonly why: Readonly<Record<EndpointDisabledNotice['reason'], (since: string) => string>>;
    readonly whatNow: string;
    readonly receiver: string;
    readonly id: string;
  };
  /** Why this mail came, and what stops it. */
  readonly footer: (project: string, host: string) => string;
}

export const MAIL_TEXTS: Readonly<Record<Language, MailTexts>> = {
  en: {
    reached: (name, clicks) => `${name} has reached ${clicks} ${clicks === '1' ? 'click' : 'clicks'}`,
    link: 'Link',
    group: 'Group',
    columns: { clicks: 'Clicks', visitors: 'Visitors', at: 'Reached at' },
    earlier: (count) => `Earlier thresholds not listed here: ${count}`,
    every: (clicks) => `You hear of every ${clicks === '1' ? 'click' : `${clicks} clicks`} of this link.`,
    timesIn: (zone) => `Times are those of ${zone}.`,
    endpoint: {
      subject: (name) => `${name} is no longer called`,
      subjectOfMany: (count) => `${count} webhooks are no longer called`,
      further: 'No longer called either:',
      unlisted: (count) => `Webhooks not listed here: ${count}`,
      ofProject: 'The project’s webhook',
      ofGroup: (name) => `The webhook of ${name}`,
      why: {
        gone: (since) =>
          `Its receiver answered 410 Gone at ${since}, which says that it does not exist any more.`,
        failing: (since) =>
          `Its receiver has taken nothing since ${since}, although every delivery was tried again and again.`,
      },
      whatNow:
        'Mend the receiver, enable the webhook again through the API, and replay what has failed: it is kept in the delivery log for some days. Clicks from now until then are not kept for it.',
      receiver: 'Receiver',
      id: 'Webhook',
    },
    footer: (project, host) =>
      `You get this because your address is among the notification addresses of the project ${project} at ${host}. Whoever looks after the project can take it off.`,
  },
  ko: {
    reached: (name, clicks) => `${name}: ${clicks}번 클릭됐어요`,
    link: '링크',
    group: '그룹',
    columns: { clicks: '클릭', visitors: '방문자', at: '도달 시각' },
    earlier: (count) => `여기에 없는 이전 알림: ${count}건`,
    every: (clicks) => `이 링크가 ${clicks === '1' ? '' : `${clicks}번 `}클릭될 때마다 알려 드려요.`,
    timesIn: (zone) => `시각은 ${zone} 기준이에요.`,
    endpoint: {
      subject: (name) => `${name}을 더 이상 호출하지 않아요`,
      subjectOfMany: (count) => `웹훅 ${count}개를 더 이상 호출하지 않아요`,
      further: '함께 중단된 웹훅:',
      unlisted: (count) => `여기에 없는 웹훅: ${count}개`,
      ofProject: '프로젝트 웹훅',
      ofGroup: (name) => `‘${name}’ 그룹의 웹훅`,
      why: {
        gone: (since) =>
          `${since}에 수신 서버가 410 Gone으로 응답했어요. 더 이상 존재하지 않는 주소라는 뜻이에요.`,
        failing: (since) => `여러 번 다시 시도했지만, ${since}부터 수신 서버가 아무것도 받지 못했어요.`,
      },
      whatNow:
        '수신 서버를 고친 뒤 API에서 웹훅을 다시 켜고, 실패한 항목을 재전송해 주세요. 실패한 항목은 전송 기록에 며칠 동안 남아 있어요. 다시 켤 때까지 발생하는 클릭은 이 웹훅용으로 보관되지 않아요.',
      receiver: '수신 서버',
      id: '웹훅 ID',
    },
    footer: (project, host) =>
      `이 주소가 ${host}의 ‘${project}’ 프로젝트 알림 주소로 등록되어 있어 보내 드리는 메일이에요. 받지 않으려면 프로젝트 관리자에게 주소를 빼 달라고 요청해 주세요.`,
  },
  ja: {
    reached: (name, clicks) => `${name}：クリックが${clicks}回に達しました`,
    link: 'リンク',
    group: 'グループ',
    columns: { clicks: 'クリック', visitors: '訪問者', at: '到達日時' },
    earlier: (count) => `ここに記載のない以前の通知：${count}件`,
    every: (clicks) =>
      `このリンクが${clicks === '1' ? '' : `${clicks}回`}クリックされるたびにお知らせします。`,
    timesIn: (zone) => `日時は${zone}で表示しています。`,
    endpoint: {
      subject: (name) => `${name}の呼び出しを停止しました`,
      subjectOfMany: (count) => `${count}件の Webhook の呼び出しを停止しました`,
      further: 'ほかに停止した Webhook：',
      unlisted: (count) => `ここに記載のない Webhook：${count}件`,
      ofProject: 'プロジェクトの Webhook',
      ofGroup: (name) => `グループ「${name}」の Webhook`,
      why: {
        gone: (since) => `${since}に受信先が 410 Gone を返しました。受信先がもう存在しないことを意味します。`,
        failing: (since) => `${since}から、繰り返し再送しても受信先に一度も受け付けられていません。`,
      },
      whatNow:
        '受信先を修正してから、API で Webhook を再び有効にし、失敗した配信を再送してください。失敗した配信は、配信ログに数日間保存されます。再び有効にするまでのクリックは、この Webhook 用には保存されません。',
      receiver: '受信先',
      id: 'Webhook ID',
    },
    footer: (project, host) =>
      `このメールは、${host} のプロジェクト「${project}」の通知先に登録されている方へお送りしています。不要な場合は、プロジェクトの管理者に登録の解除をご依頼ください。`,
  },
};
