/** A picture that looks like a certificate, as the fake hub's evidence. */
export function certificate(title: string, name: string, organiser: string, hue: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 707" width="1000" height="707">
<rect width="1000" height="707" fill="#fffdf6"/><rect x="26" y="26" width="948" height="655" fill="none" stroke="hsl(${hue} 55% 38%)" stroke-width="6"/>
<rect x="42" y="42" width="916" height="623" fill="none" stroke="hsl(${hue} 45% 60%)" stroke-width="2"/>
<circle cx="500" cy="128" r="46" fill="hsl(${hue} 55% 38%)"/><path d="M500 98l9 20 22 2-17 15 5 22-19-12-19 12 5-22-17-15 22-2z" fill="#fff"/>
<g font-family="Georgia,serif" text-anchor="middle" fill="#2b2b2b"><text x="500" y="232" font-size="44" letter-spacing="3">CERTIFICATE</text>
<text x="500" y="272" font-size="19" fill="#666">OF ACHIEVEMENT</text><text x="500" y="338" font-size="20" fill="#555">This is to certify that</text>
<text x="500" y="394" font-size="40" font-style="italic" fill="hsl(${hue} 55% 30%)">${safe(name)}</text><line x1="260" x2="740" y1="410" y2="410" stroke="#bbb"/>
<text x="500" y="456" font-size="22">${safe(title.slice(0, 62))}</text><text x="500" y="500" font-size="19" fill="#555">${safe(organiser)}</text>
<text x="250" y="622" font-size="17" fill="#555">Convener</text><text x="750" y="622" font-size="17" fill="#555">Principal</text></g>
<path d="M190 590c20-30 30 10 50-12s20 12 60-6" fill="none" stroke="#234" stroke-width="3"/><path d="M690 588c30-24 16 16 46-8s30 14 70-10" fill="none" stroke="#234" stroke-width="3"/></svg>`;
}

function safe(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
