import { describe, expect, it } from 'vitest';
import { isForeignScheme } from './foreign-schemes.ts';
import { customSchemeProblem } from './link-app.ts';

describe('isForeignScheme', () => {
  it.each([
    ...['chrome', 'chrome-extension', 'moz-extension', 'googlechrome', 'googlechromes', 'firefox-focus'],
    ...[
      'x-safari-https',
      'opera-http',
      'brave',
      'microsoft-edge-https',
      'edge',
      'view-source',
      'about',
      'blob',
    ],
    ...['app-settings', 'settings', 'prefs', 'App-Prefs', 'prefs-root', 'x-apple.systempreferences'],
    ...['x-apple-health', 'com.apple.preferences', 'calshow', 'maps', 'music', 'photos-redirect', 'vnc'],
    ...['itms', 'itms-services', 'itms-appss', 'market', 'android-app', 'intent', 'package', 'shortcuts'],
    ...['search-ms', 'ms-settings', 'ms-msdt', 'smb', 'ssh', 'sip', 'tel', 'sms', 'mailto', 'webcal', 'feed'],
    ...['jar', 'resource', 'file', 'ftp', 'javascript', 'data', 'kakaotalk', 'naversearchapp', 'line'],
  ])('knows %s', (scheme) => {
    expect(isForeignScheme(scheme)).toBe(true);
    expect(isForeignScheme(scheme.toUpperCase())).toBe(true);
    expect(customSchemeProblem(scheme)).toBe('must be a URL scheme of your own, such as myapp');
  });

  it.each([
    ...[
      'myapp',
      'shop',
      'acme-shop',
      'com.example.app',
      'kakao0123456789abcdef',
      'fb1234567890',
      'line3rdp.com.a',
    ],
    ...['operahouse', 'edgeworks', 'mstore', 'maps-of-acme', 'musicbox', 'com.applegrove.app', 'web+shop'],
  ])('leaves %s to its owner', (scheme) => {
    expect(isForeignScheme(scheme)).toBe(false);
    expect(customSchemeProblem(scheme)).toBeUndefined();
  });
});
