import type { Language } from '../../languages.ts';

/** What happened, and what the visitor can do about it. */
export interface NoticeText {
  readonly heading: string;
  readonly body: string;
}

/** The notices that have words; a prefetch has no reader. */
export type WordedNotice =
  | 'unknown'
  | 'paused'
  | 'notStarted'
  | 'ended'
  | 'limitReached'
  | 'tooManyGuesses'
  | 'protected'
  | 'badLongLink'
  | 'unavailable'
  | 'home';

export interface Texts {
  readonly notices: Readonly<Record<WordedNotice, NoticeText>>;
  /** Stands before the date and time at which a link opens. */
  readonly opensAt: string;
  readonly tryAgain: string;
  /** Stands before the time until passwords are taken again. */
  readonly guessAgain: string;
  readonly passwordHeading: string;
  readonly passwordBody: string;
  readonly passwordLabel: string;
  readonly passwordWrong: string;
  /** On the button of a form, and on the link that leads on. */
  readonly proceed: string;
  /** Heading of a page that forwards and has no title of its own. */
  readonly onTheWay: string;
  /** Stands before the host of the destination. */
  readonly leadsTo: string;
  readonly forwardNote: string;
  /** Heading of a page that asks for notifications and has no title of its own; it must read well without the question. */
  readonly pushHeading: string;
  /** @param host of the short link: who would write. Plain text, as the answer is. */
  readonly pushQuestion: (host: string) => string;
  /** On the button that allows it. */
  readonly pushAllow: string;
  /** Heading of a page that leads into an app and has no title of its own. */
  readonly openHeading: string;
  readonly openApp: string;
  readonly getApp: string;
  readonly openWeb: string;
  readonly openNote: string;
  readonly apiDocs: string;
  /** For a person who comes upon a preview card. */
  readonly previewNote: string;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    notices: {
      unknown: {
        heading: 'This link leads nowhere',
        body: 'The address may have a typo, or the link was removed. Check it letter by letter, or ask whoever sent it to you.',
      },
      paused: {
        heading: 'This link is resting',
        body: 'Its owner has paused it. If you were expecting something here, ask whoever sent it to you.',
      },
      notStarted: {
        heading: 'This link isn’t open yet',
        body: 'It opens at the time below. Come back then, with the same link.',
      },
      ended: {
        heading: 'This link has ended',
        body: 'It was open for a limited time, and that time has passed. Whoever sent it to you may know what comes next.',
      },
      limitReached: {
        heading: 'This link is used up',
        body: 'It could be opened a set number of times, and all of them are taken. Ask whoever sent it to you if there is another way in.',
      },
      tooManyGuesses: {
        heading: 'Too many wrong passwords',
        body: 'To keep guessing out, this link takes no passwords for a while. Whoever sent it to you can tell you the right one.',
      },
      protected: {
        heading: 'A protected link',
        body: 'Its content is not shown in previews. Open the link in a browser to continue.',
      },
      badLongLink: {
        heading: 'This link can’t be followed',
        body: 'Something in its address is missing, broken or leads to a place that its owner doesn’t vouch for. Whoever sent it to you can put it right; they may need what it says below.',
      },
      unavailable: {
        heading: 'One moment, please',
        body: 'We can’t look this link up right now. Please try again in a few seconds.',
      },
      home: {
        heading: 'A domain for short links',
        body: 'Links at this address lead on to other places; Switchyard runs them. If you were sent one, open all of it: the part after the slash knows the way.',
      },
    },
    opensAt: 'Opens',
    tryAgain: 'Try again',
    guessAgain: 'You can try again',
    passwordHeading: 'This link asks for a password',
    passwordBody: 'Whoever sent you the link can tell you what it is.',
    passwordLabel: 'Password',
    passwordWrong: 'That is not the password. Check capital and small letters, and enter it once more.',
    proceed: 'Continue',
    onTheWay: 'You’re on your way',
    leadsTo: 'Leads to',
    forwardNote: 'This page takes you there by itself. If nothing happens, press Continue.',
    pushHeading: 'Before you go on',
    pushQuestion: (host) =>
      `Would you like a notification when there is news from ${host}? You can turn it off in your browser at any time. Either way you get to where the link leads.`,
    pushAllow: 'Notify me and continue',
    openHeading: 'Continue in the app',
    openApp: 'Open the app',
    getApp: 'Get the app',
    openWeb: 'Continue on the web',
    openNote:
      'If the app doesn’t open, it may not be installed yet, or this browser can’t open it: then open the link in another browser.',
    apiDocs: 'API documentation',
    previewNote: 'This is the preview of a short link. Open the link in a browser to continue.',
  },
  ko: {
    notices: {
      unknown: {
        heading: '어디로도 이어지지 않는 링크예요',
        body: '주소에 오타가 있거나 삭제된 링크일 수 있어요. 주소를 다시 확인하거나, 링크를 보내 주신 분께 물어봐 주세요.',
      },
      paused: {
        heading: '쉬고 있는 링크예요',
        body: '링크를 만든 분이 사용을 멈춰 두었어요. 찾으시는 내용이 있다면 링크를 보내 주신 분께 물어봐 주세요.',
      },
      notStarted: {
        heading: '아직 열리지 않은 링크예요',
        body: '아래 시각이 지난 뒤에 같은 링크로 다시 찾아와 주세요.',
      },
      ended: {
        heading: '기간이 끝난 링크예요',
        body: '정해진 기간이 지나 더 이상 열 수 없어요. 궁금한 점은 링크를 보내 주신 분께 물어봐 주세요.',
      },
      limitReached: {
        heading: '사용 횟수를 다 채운 링크예요',
        body: '열 수 있는 횟수가 정해져 있는데, 모두 사용되었어요. 다른 방법이 있는지 링크를 보내 주신 분께 물어봐 주세요.',
      },
      tooManyGuesses: {
        heading: '틀린 비밀번호가 너무 많이 입력됐어요',
        body: '추측으로 여는 일을 막기 위해 잠시 비밀번호를 받지 않아요. 맞는 비밀번호는 링크를 보내 주신 분께 물어봐 주세요.',
      },
      protected: {
        heading: '보호된 링크예요',
        body: '미리보기에는 내용이 표시되지 않아요. 계속하려면 브라우저에서 링크를 열어 주세요.',
      },
      badLongLink: {
        heading: '따라갈 수 없는 링크예요',
        body: '주소의 일부가 빠졌거나 잘못되었거나, 링크 주인이 허용하지 않은 곳으로 이어져요. 아래 내용을 링크를 보내 주신 분께 알려 주세요.',
      },
      unavailable: {
        heading: '잠시만 기다려 주세요',
        body: '지금은 링크를 확인할 수 없어요. 몇 초 뒤에 다시 시도해 주세요.',
      },
      home: {
        heading: '짧은 링크를 위한 도메인이에요',
        body: '이 주소의 링크는 저마다 다른 곳으로 이어지며, Switchyard로 운영돼요. 링크를 받으셨다면 주소를 빠짐없이 입력해 주세요. 슬래시(/) 뒷부분이 갈 곳을 알려 줘요.',
      },
    },
    opensAt: '열리는 시각',
    tryAgain: '다시 시도',
    guessAgain: '다시 입력할 수 있는 시간',
    passwordHeading: '비밀번호가 필요한 링크예요',
    passwordBody: '비밀번호는 링크를 보내 주신 분께 물어봐 주세요.',
    passwordLabel: '비밀번호',
    passwordWrong: '비밀번호가 맞지 않아요. 대소문자를 확인하고 다시 입력해 주세요.',
    proceed: '계속하기',
    onTheWay: '이동하고 있어요',
    leadsTo: '이동할 곳',
    forwardNote: '잠시 후 자동으로 이동해요. 이동하지 않으면 ‘계속하기’를 눌러 주세요.',
    pushHeading: '이동하기 전에',
    pushQuestion: (host) =>
      `${host}에서 새 소식이 있을 때 알림을 받아 보시겠어요? 알림은 브라우저 설정에서 언제든지 끌 수 있고, 받지 않아도 링크는 그대로 열려요.`,
    pushAllow: '알림 받고 계속하기',
    openHeading: '앱에서 계속하기',
    openApp: '앱 열기',
    getApp: '앱 설치하기',
    openWeb: '웹에서 계속하기',
    openNote:
      '앱이 열리지 않으면 아직 설치되지 않았거나 이 브라우저에서 열 수 없는 경우예요. 다른 브라우저에서 링크를 열어 보세요.',
    apiDocs: 'API 문서',
    previewNote: '짧은 링크의 미리보기예요. 계속하려면 브라우저에서 링크를 열어 주세요.',
  },
  ja: {
    notices: {
      unknown: {
        heading: 'このリンクの行き先はありません',
        body: 'アドレスに誤りがあるか、リンクが削除された可能性があります。アドレスをもう一度確かめるか、送ってくれた方にお尋ねください。',
      },
      paused: {
        heading: 'このリンクはお休み中です',
        body: '作成者によって停止されています。お探しの内容については、送ってくれた方にお尋ねください。',
      },
      notStarted: {
        heading: 'このリンクはまだ公開前です',
        body: '下記の日時を過ぎてから、同じリンクをもう一度お開きください。',
      },
      ended: {
        heading: 'このリンクの公開は終了しました',
        body: '公開期間が過ぎたため、開くことができません。詳しくは、送ってくれた方にお尋ねください。',
      },
      limitReached: {
        heading: 'このリンクは利用上限に達しました',
        body: '開ける回数が決まっており、すべて使われています。ほかに方法があるか、送ってくれた方にお尋ねください。',
      },
      tooManyGuesses: {
        heading: 'パスワードの誤りが続いています',
        body: '当て推量で開かれるのを防ぐため、しばらくパスワードを受け付けません。正しいパスワードは、リンクを送ってくれた方にお尋ねください。',
      },
      protected: {
        heading: '保護されたリンクです',
        body: 'プレビューには内容が表示されません。続けるには、ブラウザーでリンクを開いてください。',
      },
      badLongLink: {
        heading: 'このリンクは開けません',
        body: 'アドレスの一部が欠けているか誤っている、またはリンクの持ち主が認めていない場所につながっています。下の内容を、送ってくれた方にお伝えください。',
      },
      unavailable: {
        heading: '少しだけお待ちください',
        body: 'ただいまリンクを確認できません。数秒後にもう一度お試しください。',
      },
      home: {
        heading: '短縮リンク用のドメインです',
        body: 'このアドレスのリンクはそれぞれ別の場所につながっており、Switchyard で運用されています。リンクを受け取った方は、スラッシュ（/）の後ろまで省略せずにお開きください。',
      },
    },
    opensAt: '公開日時',
    tryAgain: 'もう一度試す',
    guessAgain: '次に入力できるのは',
    passwordHeading: 'このリンクにはパスワードが必要です',
    passwordBody: 'パスワードは、リンクを送ってくれた方にお尋ねください。',
    passwordLabel: 'パスワード',
    passwordWrong: 'パスワードが正しくありません。大文字と小文字を確かめて、もう一度入力してください。',
    proceed: '続ける',
    onTheWay: '移動しています',
    leadsTo: '移動先',
    forwardNote: '自動的に移動します。移動しない場合は「続ける」を押してください。',
    pushHeading: '移動する前に',
    pushQuestion: (host) =>
      `${host} から新しいお知らせがあるときに、通知を受け取りますか？通知はブラウザーの設定からいつでも止められます。受け取らなくても、リンク先には進めます。`,
    pushAllow: '通知を受け取って続ける',
    openHeading: 'アプリで続ける',
    openApp: 'アプリを開く',
    getApp: 'アプリを入手',
    openWeb: 'ウェブで続ける',
    openNote:
      'アプリが開かない場合は、まだインストールされていないか、このブラウザーでは開けない可能性があります。別のブラウザーでリンクをお試しください。',
    apiDocs: 'API ドキュメント',
    previewNote: '短縮リンクのプレビューです。続けるには、ブラウザーでリンクを開いてください。',
  },
};
