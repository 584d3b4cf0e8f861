// A desk in the middle of a working day: a dozen tickets of believable
// people, some answered, assigned, noted on or closed. Used for pictures and
// wherever a page shall have something on it.

import { Visitor } from "./visitor.mjs";

const SUPPORT = "support@desk.example", SALES = "sales@desk.example";

const mails = [
  { from: "Tomás Herrera <tomas@herrera.example>", to: SALES, subject: "Volume price for 40 licences", text: "Hello,\n\nwe are growing from 12 to 40 people next quarter. Is there a volume price?\n\nTomás" },
  { from: "Priya Natarajan <priya@lumenworks.example>", to: SUPPORT, subject: "Export to CSV stops after 10,000 rows", text: "Hi,\n\nour monthly export ends at exactly 10,000 rows, without any message. Last month it went through with 11,230.\n\nPriya" },
  { from: "Jonas Weber <jonas.weber@weber-bau.example>", to: SUPPORT, subject: "Rechnung 2291 doppelt abgebucht", text: "Guten Tag,\n\ndie Rechnung 2291 wurde am 3. und am 5. abgebucht. Bitte erstatten Sie den zweiten Betrag.\n\nMit freundlichen Grüßen\nJonas Weber" },
  { from: "Aiko Tanaka <aiko@harbour.example>", to: SUPPORT, subject: "Password mail never arrives", text: "I asked for a new password three times. Nothing in spam either." },
  { from: "Owen Blake <owen@blakeandsons.example>", to: SALES, subject: "Re: Offer 5518, two questions", text: "Thanks for the offer. Does it include the setup? And how long does it stand?\n\nOwen" },
  { from: "Grace Mensah <grace.mensah@clinic.example>", to: SUPPORT, subject: "Please add Dr. Amoah to our account", text: "Could you add kwame.amoah@clinic.example as a second contact, please?" },
  { from: "Lena Kowalczyk <lena@studio-nord.example>", to: SUPPORT, subject: "The label printer prints every label twice", text: "Since the update on Thursday each label comes out twice. Restarting did not help." },
  { from: "Marc Dubois <marc@dubois-freres.example>", to: SUPPORT, subject: "Adresse de livraison à changer", text: "Bonjour,\n\nnous avons déménagé. La nouvelle adresse est 14 rue des Tanneurs, Lille.\n\nMerci, Marc" },
  { from: "Sofia Lindqvist <sofia@fjallbageri.example>", to: SALES, subject: "Do you deliver to Norway?", text: "We are opening a second bakery in Narvik. Do you deliver there, and what does it cost?" },
  { from: "Daniel Okoye <daniel@okoye-logistics.example>", to: SUPPORT, subject: "API answers 429 although we are under the limit", text: "We send about 40 requests a minute; your documentation says 60. Since this morning about every tenth is refused with 429." },
  { from: "Hannah Fischer <hannah@gartenbau.example>", to: SUPPORT, subject: "Two invoices in one envelope", text: "Just to let you know: our envelope also held the invoice of another customer." },
];

/** The ticket that is shown: a conversation of two customers and two agents. */
const shown = {
  from: "Mira Hoffmann <mira@hoffmann-optik.example>",
  to: SUPPORT,
  header_to: "Support <support@desk.example>",
  headers: { Cc: "Paul Brandt <paul@hoffmann-optik.example>" },
  subject: "Parcel 7714 arrived without the second box",
  text: "Hello,\n\nour parcel 7714 came this morning, but only one of the two boxes was in the van. The driver knew of no second one. The missing box holds the lenses for Friday's fittings, so this is urgent for us.\n\nThe delivery note is attached.\n\nKind regards\nMira Hoffmann\n-- \nHoffmann Optik, Marktplatz 4\n",
  html: "<p>Hello,</p><p>our parcel <b>7714</b> came this morning, but only one of the two boxes was in the van. The driver knew of no second one. The missing box holds the lenses for Friday's fittings, so this is urgent for us.</p><p>The delivery note is attached.</p><p>Kind regards<br>Mira Hoffmann</p><p>-- <br>Hoffmann Optik, Marktplatz 4</p>",
  files: [{ name: "Delivery note 7714.pdf", type: "application/pdf", base64: Buffer.from(`%PDF-1.4\n${" ".repeat(48_000)}`).toString("base64") }],
};

/** Fills the desk and returns the number of the ticket to show. */
export async function seed(desk, browser) {
  const numbers = {};
  for (const mail of mails) numbers[mail.subject] = (await desk.mail(mail)).number;
  const { number } = await desk.mail(shown);

  const ada = await (await Visitor.at(desk, browser)).login();
  const ben = await (await Visitor.at(desk, browser)).login("ben");
  await Promise.all([ada, ben].map((one) => one.page.waitForURL("**/queue/open")));

  await rename(ada, "Ada Lindgren");
  await rename(ben, "Ben Adeyemi");
  await answer(ben, numbers["Password mail never arrives"], "Hello Aiko,\n\nthe address had a typing error in our records. The mail is on its way now.", { take: true });
  await answer(ada, numbers["Please add Dr. Amoah to our account"], "Done, Dr. Amoah has just got an invitation.", { close: true });
  await answer(ada, numbers["Re: Offer 5518, two questions"], "Hello Owen,\n\nyes, setup is included, and the offer stands until the end of the month.", { take: true });
  await answer(ben, numbers["Two invoices in one envelope"], "Thank you for telling us. We have informed the other customer.", { close: true });
  await take(ben, numbers["The label printer prints every label twice"]);

  await take(ada, number);
  await note(ben, number, "The carrier says box 2 stayed in Kassel. They can bring it **tomorrow before noon** if we confirm by four.");
  await answer(ada, number, "Hello Mira,\n\nI am sorry about that. The second box stayed behind at the carrier's depot:\n\n- it is found and in good order\n- it reaches you **tomorrow before noon**\n\nPlease tell me if somebody will be there from nine.");
  const letters = (await desk.command("outbox")).filter((letter) => letter.ticket === number);
  const answered = letters.find((letter) => /^Re:/.test(letter.subject) && letter.recipients.some((one) => one.address.startsWith("mira@"))) ?? letters[0];
  await desk.mail({
    from: shown.from, to: SUPPORT, subject: `Re: ${shown.subject}`,
    headers: { "In-Reply-To": `<${answered.message_id}>`, References: `<${answered.message_id}>`, Cc: "Paul Brandt <paul@hoffmann-optik.example>" },
    text: "Thank you, that was quick. Paul is here from eight, he will take it.\n\nMira\n\nOn Monday Ada Lindgren wrote:\n> Hello Mira,\n>\n> I am sorry about that. The second box stayed behind at the carrier's depot.\n",
  });
  await ada.leave();
  await ben.leave();
  return number;
}

async function rename(visitor, name) {
  await visitor.page.goto("/profile");
  await visitor.page.getByLabel("Name", { exact: true }).fill(name);
  await visitor.press("Save");
}

async function take(visitor, number) {
  await visitor.ticket(number);
  await visitor.press("Assign to me");
}

async function answer(visitor, number, text, { take: taken = false, close = false } = {}) {
  if (taken) await take(visitor, number);
  await visitor.ticket(number);
  await visitor.page.getByLabel("Your reply").fill(text);
  if (close) await visitor.page.getByLabel("and close").check();
  await visitor.press(/^Send to /);
}

async function note(visitor, number, text) {
  await visitor.ticket(number);
  await visitor.page.locator('label[for="tab-note"]').click();
  await visitor.page.getByLabel("Your note").fill(text);
  await visitor.press("Add note");
}
