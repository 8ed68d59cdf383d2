import type { AppRoute } from '../../deeplinks/app-route.ts';
import type { Language } from '../../languages.ts';
import type { FLOW_DEVICES } from '../flow.ts';
import type { AppStepName } from '../trace-app-steps.ts';

export interface FlowTexts {
  readonly heading: string;
  readonly note: string;
  readonly onThisDevice: string;
  readonly inOwnBrowser: string;
  readonly onOtherDevices: string;
  readonly stepByStep: string;
  readonly waysIntoApp: string;
  /** Heads of the columns. */
  readonly device: string;
  readonly leadsTo: string;
  readonly devices: Readonly<Record<(typeof FLOW_DEVICES)[number], string>>;
  readonly ways: Readonly<Record<AppRoute['via'] | 'forwardPage' | 'pushInvitation', string>>;
  readonly appSteps: Readonly<Record<AppStepName, string>>;
  readonly hidden: string;
  readonly decides: string;
  readonly setBy: Readonly<Record<'group' | 'link', string>>;
  readonly open: string;
}

export const FLOW_TEXTS: Readonly<Record<Language, FlowTexts>> = {
  en: {
    heading: 'Where this link leads',
    note: 'A look behind the link. Nobody is sent anywhere, and nothing is counted.',
    onThisDevice: 'On this device',
    inOwnBrowser: 'Then, in the device’s own browser',
    onOtherDevices: 'On other devices',
    stepByStep: 'Step by step',
    waysIntoApp: 'Ways into the app',
    device: 'Device',
    leadsTo: 'Leads to',
    devices: { iphone: 'iPhone', android: 'Android', windows: 'Computer' },
    ways: {
      web: 'The web page',
      store: 'The app’s page in the store',
      app: 'The app',
      page: 'A page that offers the app',
      browser: 'The device’s own browser first',
      forwardPage: 'A page with its title, then the web page',
      pushInvitation: 'A question about notifications first',
    },
    appSteps: { association: 'The system opens it', app: 'The app', store: 'The store', web: 'The web page' },
    hidden: 'The link may be opened a set number of times, and only those visits learn where it leads.',
    decides: 'This decides.',
    setBy: { group: 'Set by the link’s group.', link: 'Set by the link itself.' },
    open: 'Open the link',
  },
  ko: {
    heading: '이 링크가 이어지는 곳',
    note: '링크가 어떻게 움직이는지 보여 드려요. 이동하지 않고, 방문 수에도 들어가지 않아요.',
    onThisDevice: '이 기기에서',
    inOwnBrowser: '그다음 기기의 브라우저에서',
    onOtherDevices: '다른 기기에서',
    stepByStep: '하나씩 살펴보기',
    waysIntoApp: '앱으로 가는 방법',
    device: '기기',
    leadsTo: '이동할 곳',
    devices: { iphone: 'iPhone', android: 'Android', windows: '컴퓨터' },
    ways: {
      web: '웹 페이지',
      store: '앱의 스토어 페이지',
      app: '앱',
      page: '앱을 열 수 있는 페이지',
      browser: '먼저 기기의 브라우저',
      forwardPage: '제목이 있는 페이지를 거쳐 웹 페이지',
      pushInvitation: '먼저 알림에 대한 질문',
    },
    appSteps: { association: '시스템이 여는 앱', app: '앱', store: '스토어', web: '웹 페이지' },
    hidden: '열 수 있는 횟수가 정해진 링크라, 그 횟수에 드는 방문에만 갈 곳을 알려 줘요.',
    decides: '여기에서 정해져요.',
    setBy: { group: '링크의 그룹에서 정했어요.', link: '링크에서 정했어요.' },
    open: '링크 열기',
  },
  ja: {
    heading: 'このリンクの行き先',
    note: 'リンクの仕組みを表示しています。移動はせず、訪問としても数えません。',
    onThisDevice: 'この端末では',
    inOwnBrowser: 'その後、端末のブラウザーで',
    onOtherDevices: 'ほかの端末では',
    stepByStep: '順に見ると',
    waysIntoApp: 'アプリへの道',
    device: '端末',
    leadsTo: '移動先',
    devices: { iphone: 'iPhone', android: 'Android', windows: 'パソコン' },
    ways: {
      web: 'ウェブページ',
      store: 'アプリのストアのページ',
      app: 'アプリ',
      page: 'アプリを開けるページ',
      browser: '先に端末のブラウザー',
      forwardPage: 'タイトルのあるページから、ウェブページへ',
      pushInvitation: '先に通知についての質問',
    },
    appSteps: { association: 'システムが開くアプリ', app: 'アプリ', store: 'ストア', web: 'ウェブページ' },
    hidden: '開ける回数が決まっているリンクのため、その回数に入る訪問にだけ行き先を知らせます。',
    decides: 'ここで決まります。',
    setBy: { group: 'リンクのグループで決められています。', link: 'リンクで決められています。' },
    open: 'リンクを開く',
  },
};
