import type { Language } from '../../languages.ts';

/** What the page says when something has happened; `notification-script.ts` says which, by these names. */
export type NotificationWord =
  | 'keyRefused'
  | 'keyLacks'
  | 'unreachable'
  | 'asking'
  | 'undecided'
  | 'failed'
  | 'refused'
  | 'done'
  | 'tested'
  | 'removed';

/** Every word of the page. */
export interface NotificationTexts {
  readonly heading: string;
  readonly intro: string;
  readonly noScript: string;
  readonly insecure: string;
  readonly unsupported: string;
  readonly denied: string;
  readonly keyLabel: string;
  readonly keyNote: string;
  readonly open: string;
  readonly listHeading: string;
  readonly nobody: string;
  readonly thisBrowser: string;
  readonly unnamed: string;
  /** Instead of the form, where this browser is one of them. */
  readonly subscribed: string;
  readonly nameLabel: string;
  readonly allow: string;
  readonly test: string;
  readonly remove: string;
  readonly words: Readonly<Record<NotificationWord, string>>;
}

export const NOTIFICATION_TEXTS: Readonly<Record<Language, NotificationTexts>> = {
  en: {
    heading: 'Hear of clicks in this browser',
    intro:
      'When a link reaches its threshold of clicks, this browser shows a notification, also while no page is open.',
    noScript: 'This page needs JavaScript: without it a browser cannot be subscribed.',
    insecure:
      'Browsers allow notifications only on pages that were opened with https, or on localhost. Open this page at the https address of your installation.',
    unsupported:
      'This browser cannot receive notifications. On an iPhone or iPad, add this page to the Home Screen first and open it from there. What is subscribed already can be looked after here.',
    denied:
      'Notifications are blocked for this site. Open the site settings (the icon beside the address), set notifications to “Allow”, and reload this page.',
    keyLabel: 'API key',
    keyNote:
      'It needs the scopes notifications:read and notifications:write. It stays in the memory of this page, and is forgotten when the page is closed or reloaded.',
    open: 'Continue',
    listHeading: 'Browsers that get notifications',
    nobody: 'None yet.',
    thisBrowser: 'this browser',
    unnamed: 'Without a name',
    subscribed: 'This browser gets notifications. To give it another name, remove it and allow them again.',
    nameLabel: 'Name of this browser',
    allow: 'Allow notifications here',
    test: 'Send a test',
    remove: 'Remove',
    words: {
      keyRefused: 'That is no valid API key. Check that you have copied all of it.',
      keyLacks: 'This API key lacks one of the two scopes.',
      unreachable: 'The server did not answer as it should. Try again in a moment.',
      asking: 'Your browser asks whether it may show notifications. Choose “Allow”.',
      undecided: 'You have not been asked, or the question was closed. Press the button to be asked again.',
      failed:
        'The browser could not subscribe with its push service. Notifications do not work in private windows; else check that you are online, and try again.',
      refused:
        'The server does not take this subscription. Remove a browser that is not used any more, or look into its answer in the developer tools.',
      done: 'This browser gets notifications now.',
      tested: 'The test is on its way. It shows up within seconds.',
      removed: 'Removed. That browser gets no more notifications.',
    },
  },
  ko: {
    heading: '이 브라우저에서 클릭 알림 받기',
    intro: '링크가 정해진 클릭 수에 도달하면, 페이지를 열어 두지 않아도 이 브라우저에 알림이 표시돼요.',
    noScript: '이 페이지를 쓰려면 자바스크립트가 필요해요. 자바스크립트 없이는 브라우저를 등록할 수 없어요.',
    insecure:
      '브라우저는 https나 localhost로 연 페이지에서만 알림을 허용해요. 설치된 서버의 https 주소로 이 페이지를 열어 주세요.',
    unsupported:
      '이 브라우저는 알림을 받을 수 없어요. iPhone이나 iPad에서는 먼저 이 페이지를 홈 화면에 추가한 뒤 거기에서 열어 주세요. 이미 등록된 브라우저는 여기에서 관리할 수 있어요.',
    denied:
      '이 사이트의 알림이 차단되어 있어요. 주소 옆 아이콘을 눌러 사이트 설정에서 알림을 ‘허용’으로 바꾼 뒤 페이지를 새로고침해 주세요.',
    keyLabel: 'API 키',
    keyNote:
      'notifications:read와 notifications:write 권한이 필요해요. 키는 이 페이지의 메모리에만 남고, 페이지를 닫거나 새로고침하면 지워져요.',
    open: '계속하기',
    listHeading: '알림을 받는 브라우저',
    nobody: '아직 없어요.',
    thisBrowser: '지금 이 브라우저',
    unnamed: '이름 없음',
    subscribed: '이 브라우저는 알림을 받고 있어요. 이름을 바꾸려면 삭제한 뒤 다시 허용해 주세요.',
    nameLabel: '이 브라우저의 이름',
    allow: '여기에서 알림 받기',
    test: '테스트 보내기',
    remove: '삭제',
    words: {
      keyRefused: '올바른 API 키가 아니에요. 키를 빠짐없이 복사했는지 확인해 주세요.',
      keyLacks: '이 API 키에는 두 권한 중 하나가 없어요.',
      unreachable: '서버가 제대로 응답하지 않았어요. 잠시 뒤에 다시 시도해 주세요.',
      asking: '브라우저가 알림을 표시해도 되는지 묻고 있어요. ‘허용’을 눌러 주세요.',
      undecided: '아직 허용 여부를 선택하지 않았어요. 버튼을 다시 눌러 주세요.',
      failed:
        '브라우저가 푸시 서비스에 등록하지 못했어요. 시크릿 창에서는 알림을 쓸 수 없어요. 인터넷 연결을 확인한 뒤 다시 시도해 주세요.',
      refused:
        '서버가 이 등록을 받지 않았어요. 쓰지 않는 브라우저를 삭제하거나, 개발자 도구에서 서버의 응답을 확인해 주세요.',
      done: '이제 이 브라우저에서 알림을 받아요.',
      tested: '테스트 알림을 보냈어요. 몇 초 안에 표시돼요.',
      removed: '삭제했어요. 그 브라우저는 더 이상 알림을 받지 않아요.',
    },
  },
  ja: {
    heading: 'このブラウザーでクリックの通知を受け取る',
    intro:
      'リンクのクリック数が設定した回数に達すると、ページを開いていなくても、このブラウザーに通知が表示されます。',
    noScript: 'このページには JavaScript が必要です。JavaScript がないと、ブラウザーを登録できません。',
    insecure:
      '通知を許可できるのは、https または localhost で開いたページだけです。サーバーの https アドレスでこのページを開いてください。',
    unsupported:
      'このブラウザーは通知を受け取れません。iPhone や iPad では、まずこのページをホーム画面に追加し、そこから開いてください。登録済みのブラウザーは、ここで管理できます。',
    denied:
      'このサイトの通知はブロックされています。アドレスの横のアイコンからサイトの設定を開き、通知を「許可」にしてから、ページを再読み込みしてください。',
    keyLabel: 'API キー',
    keyNote:
      'notifications:read と notifications:write の権限が必要です。キーはこのページのメモリーにのみ保持され、ページを閉じるか再読み込みすると消えます。',
    open: '続ける',
    listHeading: '通知を受け取るブラウザー',
    nobody: 'まだありません。',
    thisBrowser: 'このブラウザー',
    unnamed: '名前なし',
    subscribed:
      'このブラウザーは通知を受け取っています。名前を変えるには、いったん削除してから、もう一度許可してください。',
    nameLabel: 'このブラウザーの名前',
    allow: 'ここで通知を受け取る',
    test: 'テストを送信',
    remove: '削除',
    words: {
      keyRefused: '有効な API キーではありません。キー全体をコピーしたかご確認ください。',
      keyLacks: 'この API キーには、2つの権限のいずれかがありません。',
      unreachable: 'サーバーが正しく応答しませんでした。しばらくしてから、もう一度お試しください。',
      asking: 'ブラウザーが通知の表示を許可するか尋ねています。「許可」をお選びください。',
      undecided: 'まだ許可が選択されていません。もう一度ボタンを押してください。',
      failed:
        'ブラウザーがプッシュサービスに登録できませんでした。シークレットウィンドウでは通知を使えません。インターネット接続を確認して、もう一度お試しください。',
      refused:
        'サーバーがこの登録を受け付けませんでした。使っていないブラウザーを削除するか、開発者ツールでサーバーの応答をご確認ください。',
      done: 'このブラウザーで通知を受け取れるようになりました。',
      tested: 'テスト通知を送信しました。数秒で表示されます。',
      removed: '削除しました。そのブラウザーに通知は届かなくなります。',
    },
  },
};
