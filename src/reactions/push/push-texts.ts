import type { Language } from '../../languages.ts';

/** Every word of notifications to a project's people. What is put into a sentence is plain text. */
export interface PushTexts {
  readonly clicks: (name: string, clicks: string) => string;
  readonly visitors: (visitors: string) => string;
  readonly testTitle: string;
  readonly testBody: string;
}

export const PUSH_TEXTS: Readonly<Record<Language, PushTexts>> = {
  en: {
    clicks: (name, clicks) => `${name}: ${clicks} ${clicks === '1' ? 'click' : 'clicks'}`,
    visitors: (visitors) => `Visitors so far: ${visitors}`,
    testTitle: 'Notifications work',
    testBody: 'From now on you hear of your links here.',
  },
  ko: {
    clicks: (name, clicks) => `${name}: 클릭 ${clicks}회`,
    visitors: (visitors) => `지금까지 방문자 ${visitors}명`,
    testTitle: '알림이 잘 도착했어요',
    testBody: '이제 링크 소식을 여기에서 받을 수 있어요.',
  },
  ja: {
    clicks: (name, clicks) => `${name}：クリック ${clicks}回`,
    visitors: (visitors) => `これまでの訪問者：${visitors}人`,
    testTitle: '通知が届きました',
    testBody: 'これからは、リンクのお知らせをここで受け取れます。',
  },
};
