import type { DeviceKind } from '../../clicks/ingest/user-agent.ts';
import type { Dimension } from '../../clicks/statistics/question.ts';
import type { Language } from '../../languages.ts';
import type { LISTED_DIMENSIONS } from './report.ts';
import type { PeriodProblem, Preset } from './viewed-period.ts';

export type HeadedDimension =
  | (typeof LISTED_DIMENSIONS)[number]
  | Extract<Dimension, 'link' | 'hourOfDay' | 'weekday'>;

/** Why what was posted cannot be a password. */
export type FormProblem = 'notAForm' | 'tooLarge';

/** Every word of the pages. What is put into a sentence is plain text, and escaped with it. */
export interface StatisticsTexts {
  readonly entryHeading: string;
  readonly entryBody: string;
  /** Above the name of the link or the group. */
  readonly ofLink: string;
  readonly ofGroup: string;
  readonly periods: string;
  readonly presets: Readonly<Record<Preset, string>>;
  readonly otherDates: string;
  readonly firstDay: string;
  readonly lastDay: string;
  readonly show: string;
  readonly download: string;
  readonly totals: string;
  readonly clicks: string;
  readonly visitors: string;
  readonly newVisitors: string;
  readonly qrScans: string;
  readonly share: string;
  readonly comparedWith: (period: string) => string;
  readonly before: (value: string) => string;
  readonly overTime: Readonly<Record<'hour' | 'day' | 'week' | 'month', string>>;
  readonly numbers: string;
  readonly time: string;
  readonly headings: Readonly<Record<HeadedDimension, string>>;
  readonly direct: string;
  readonly unknown: string;
  readonly none: string;
  readonly other: string;
  readonly rest: (count: string) => string;
  readonly deletedLink: string;
  readonly devices: Readonly<Record<DeviceKind, string>>;
  readonly emptyHeading: string;
  readonly emptyBody: string;
  readonly asOf: (instant: string, zone: string) => string;
  readonly foreignLeftOut: (country: string) => string;
  readonly approximate: string;
  readonly crawlersLeftOut: string;
  readonly problemHeading: string;
  readonly problems: Readonly<Record<PeriodProblem, string>>;
  readonly formHeading: string;
  readonly formProblems: Readonly<Record<FormProblem, string>>;
  readonly back: string;
}

export const STATISTICS_TEXTS: Readonly<Record<Language, StatisticsTexts>> = {
  en: {
    entryHeading: 'These statistics ask for a password',
    entryBody: 'Whoever shared this page with you can tell you what it is.',
    ofLink: 'Link statistics',
    ofGroup: 'Group statistics',
    periods: 'Period',
    presets: {
      today: 'Today',
      '7d': '7 days',
      '30d': '30 days',
      month: 'This month',
      'last-month': 'Last month',
      '12m': '12 months',
    },
    otherDates: 'Other dates',
    firstDay: 'First day',
    lastDay: 'Last day',
    show: 'Show',
    download: 'Download CSV',
    totals: 'Totals',
    clicks: 'Clicks',
    visitors: 'Visitors',
    newVisitors: 'New visitors',
    qrScans: 'QR scans',
    share: 'Share',
    comparedWith: (period) => `Compared with ${period}`,
    before: (value) => `before: ${value}`,
    overTime: {
      hour: 'Clicks by hour',
      day: 'Clicks by day',
      week: 'Clicks by week',
      month: 'Clicks by month',
    },
    numbers: 'Show the numbers',
    time: 'Time',
    headings: {
      link: 'Links',
      country: 'Countries',
      referrer: 'Came from',
      device: 'Devices',
      os: 'Systems',
      browser: 'Browsers',
      language: 'Languages',
      utmCampaign: 'Campaigns',
      utmSource: 'Campaign sources',
      utmMedium: 'Campaign media',
      hourOfDay: 'Time of day',
      weekday: 'Days of the week',
    },
    direct: 'Direct',
    unknown: 'Unknown',
    none: 'None',
    other: 'Other',
    rest: (count) => `${count} more`,
    deletedLink: 'Deleted link',
    devices: {
      desktop: 'Desktop',
      mobile: 'Phone',
      tablet: 'Tablet',
      tv: 'TV',
      console: 'Console',
      wearable: 'Wearable',
      bot: 'Crawler',
      automated: 'Program',
      unknown: 'Unknown',
    },
    emptyHeading: 'No clicks in this period',
    emptyBody:
      'As soon as somebody clicks, this page shows when, from which countries, where they came from and with what devices.',
    asOf: (instant, zone) => `As of ${instant}. Times are those of ${zone}.`,
    foreignLeftOut: (country) => `Clicks from outside ${country} are left out.`,
    approximate: 'Numbers of visitors are approximate.',
    crawlersLeftOut: 'Search engines and other crawlers are not counted.',
    problemHeading: 'This period can’t be shown',
    problems: {
      unknownRange: 'There is no period of that name. Choose one on the page of the statistics.',
      badDate: 'A date is written like 2026-03-31, and lies after 1 January 1970.',
      noFirstDay: 'Choose the first day as well.',
      order: 'The first day comes after the last one.',
      future: 'The period begins in the future, where nobody has clicked yet.',
      tooLong: 'Ten years at a time are the most this page shows.',
    },
    formHeading: 'This can’t be read as a password',
    formProblems: {
      notAForm: 'No password was sent. Go back to the page and enter it there.',
      tooLarge: 'More was sent than a password can be. Go back to the page and enter it there.',
    },
    back: 'Back to the statistics',
  },
  ko: {
    entryHeading: '비밀번호가 필요한 통계예요',
    entryBody: '비밀번호는 이 페이지를 공유해 주신 분께 물어봐 주세요.',
    ofLink: '링크 통계',
    ofGroup: '그룹 통계',
    periods: '기간',
    presets: {
      today: '오늘',
      '7d': '7일',
      '30d': '30일',
      month: '이번 달',
      'last-month': '지난달',
      '12m': '12개월',
    },
    otherDates: '날짜 직접 선택',
    firstDay: '시작일',
    lastDay: '종료일',
    show: '보기',
    download: 'CSV 내려받기',
    totals: '합계',
    clicks: '클릭',
    visitors: '방문자',
    newVisitors: '새 방문자',
    qrScans: 'QR 스캔',
    share: '비율',
    comparedWith: (period) => `비교 기간: ${period}`,
    before: (value) => `이전: ${value}`,
    overTime: {
      hour: '시간별 클릭',
      day: '일별 클릭',
      week: '주별 클릭',
      month: '월별 클릭',
    },
    numbers: '숫자로 보기',
    time: '시간',
    headings: {
      link: '링크',
      country: '국가',
      referrer: '유입 경로',
      device: '기기',
      os: '운영체제',
      browser: '브라우저',
      language: '언어',
      utmCampaign: '캠페인',
      utmSource: '캠페인 소스',
      utmMedium: '캠페인 매체',
      hourOfDay: '시간대',
      weekday: '요일',
    },
    direct: '직접 방문',
    unknown: '알 수 없음',
    none: '없음',
    other: '기타',
    rest: (count) => `그 외 ${count}개`,
    deletedLink: '삭제된 링크',
    devices: {
      desktop: '데스크톱',
      mobile: '휴대전화',
      tablet: '태블릿',
      tv: 'TV',
      console: '게임기',
      wearable: '웨어러블',
      bot: '크롤러',
      automated: '프로그램',
      unknown: '알 수 없음',
    },
    emptyHeading: '이 기간에는 클릭이 없어요',
    emptyBody: '누군가 클릭하면 언제, 어느 국가에서, 어떤 경로와 기기로 방문했는지 여기에 표시돼요.',
    asOf: (instant, zone) => `${instant} 기준이에요(${zone}).`,
    foreignLeftOut: (country) => `${country} 밖에서 온 클릭은 제외했어요.`,
    approximate: '방문자 수는 대략적인 값이에요.',
    crawlersLeftOut: '검색 엔진 등의 크롤러는 집계하지 않아요.',
    problemHeading: '표시할 수 없는 기간이에요',
    problems: {
      unknownRange: '그런 이름의 기간은 없어요. 통계 페이지에서 기간을 골라 주세요.',
      badDate: '날짜는 2026-03-31처럼 적어 주세요. 1970년 1월 1일 이후여야 해요.',
      noFirstDay: '시작일도 골라 주세요.',
      order: '시작일이 종료일보다 늦어요.',
      future: '시작일이 미래예요. 아직 아무도 클릭하지 않았어요.',
      tooLong: '한 번에 10년까지 볼 수 있어요.',
    },
    formHeading: '비밀번호로 읽을 수 없어요',
    formProblems: {
      notAForm: '비밀번호가 전송되지 않았어요. 페이지로 돌아가서 입력해 주세요.',
      tooLarge: '비밀번호라고 하기에는 너무 길어요. 페이지로 돌아가서 입력해 주세요.',
    },
    back: '통계로 돌아가기',
  },
  ja: {
    entryHeading: 'この統計にはパスワードが必要です',
    entryBody: 'パスワードは、このページを共有してくれた方にお尋ねください。',
    ofLink: 'リンクの統計',
    ofGroup: 'グループの統計',
    periods: '期間',
    presets: {
      today: '今日',
      '7d': '7日間',
      '30d': '30日間',
      month: '今月',
      'last-month': '先月',
      '12m': '12か月',
    },
    otherDates: '日付を指定',
    firstDay: '開始日',
    lastDay: '終了日',
    show: '表示',
    download: 'CSV をダウンロード',
    totals: '合計',
    clicks: 'クリック',
    visitors: '訪問者',
    newVisitors: '新しい訪問者',
    qrScans: 'QR スキャン',
    share: '割合',
    comparedWith: (period) => `${period}と比較しています`,
    before: (value) => `以前: ${value}`,
    overTime: {
      hour: '時間別のクリック',
      day: '日別のクリック',
      week: '週別のクリック',
      month: '月別のクリック',
    },
    numbers: '数値を表示',
    time: '日時',
    headings: {
      link: 'リンク',
      country: '国と地域',
      referrer: '参照元',
      device: 'デバイス',
      os: 'OS',
      browser: 'ブラウザー',
      language: '言語',
      utmCampaign: 'キャンペーン',
      utmSource: 'キャンペーンのソース',
      utmMedium: 'キャンペーンのメディア',
      hourOfDay: '時間帯',
      weekday: '曜日',
    },
    direct: '直接',
    unknown: '不明',
    none: 'なし',
    other: 'その他',
    rest: (count) => `ほか ${count} 件`,
    deletedLink: '削除されたリンク',
    devices: {
      desktop: 'デスクトップ',
      mobile: 'スマートフォン',
      tablet: 'タブレット',
      tv: 'テレビ',
      console: 'ゲーム機',
      wearable: 'ウェアラブル',
      bot: 'クローラー',
      automated: 'プログラム',
      unknown: '不明',
    },
    emptyHeading: 'この期間のクリックはありません',
    emptyBody:
      'クリックされると、いつ、どの国から、どこを経由して、どのデバイスで訪問されたかがここに表示されます。',
    asOf: (instant, zone) => `${instant}時点の値です（${zone}）。`,
    foreignLeftOut: (country) => `${country}以外からのクリックは除いています。`,
    approximate: '訪問者数はおおよその値です。',
    crawlersLeftOut: '検索エンジンなどのクローラーは数えていません。',
    problemHeading: 'この期間は表示できません',
    problems: {
      unknownRange: 'その名前の期間はありません。統計のページで期間をお選びください。',
      badDate: '日付は 2026-03-31 のように、1970年1月1日より後の日でご指定ください。',
      noFirstDay: '開始日もお選びください。',
      order: '開始日が終了日より後になっています。',
      future: '開始日が未来です。まだ誰もクリックしていません。',
      tooLong: '一度に表示できるのは10年までです。',
    },
    formHeading: 'パスワードとして読み取れません',
    formProblems: {
      notAForm: 'パスワードが送信されませんでした。ページに戻ってご入力ください。',
      tooLarge: 'パスワードとしては長すぎます。ページに戻ってご入力ください。',
    },
    back: '統計に戻る',
  },
};
