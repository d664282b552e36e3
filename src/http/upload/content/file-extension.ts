/**
 * Extensions of files that a server, a shell or a browser would run. One that is known to nobody is of no account, but
 * one of these never is.
 */
export const ACTIVE_EXTENSIONS: ReadonlySet<string> = new Set(
  (
    'php php3 php4 php5 php7 php8 phps pht phtml phar inc asp aspx asa asax ascx ashx asmx cer config jsp jspx jspf jsw jsv ' +
    'jhtml cfm cfml cfc cgi fcgi pl pm shtm shtml stm htaccess htpasswd htm html xhtml xht mht mhtml hta svg svgz xml xsl xslt ' +
    'js mjs cjs jse vbs vbe wsf wsh wsc ps1 psm1 psd1 bat cmd com exe dll scr pif cpl msi msp msc lnk url scf reg inf sh bash ' +
    'zsh csh ksh command app jar war ear jnlp swf apk dmg deb rpm elf'
  ).split(' '),
);

/**
 * The extension of a file by its name, in lower case and without a dot, or none. It is what is left of it where names
 * are read loosely: without the dots and spaces at its end, the stream after a colon (Windows), and what follows a NUL.
 */
export function fileExtension(name: string): string | undefined {
  const [whole = ''] = name.split(/\0|%00/, 1);
  const [plain = ''] = whole.split(':', 1);
  const trimmed = plain.replace(/[\s.]+$/, '');
  const dot = trimmed.lastIndexOf('.');
  const extension =
    dot < 0
      ? ''
      : trimmed
          .slice(dot + 1)
          .trim()
          .toLowerCase();
  return extension === '' ? undefined : extension;
}
