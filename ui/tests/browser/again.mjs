// The window is opened again: where one was, whatever one was looking at, and without a server with all that is held.
import {
  again,
  composer,
  createDocument,
  editor,
  equal,
  heading,
  message,
  openedDocument,
  openRoom,
  post,
  row,
  server,
} from "./harness.mjs";

export default async function openedAgain({ a, b, screen }) {
  await openRoom(b, "welcome");
  await post(b, "What is held is read");
  await createDocument(b, "Held here");
  await editor(b).click();
  await b.keyboard.type("Written before.");
  await row(a, "Held here").waitFor();
  await createDocument(a, "Never looked at");
  await row(b, "Never looked at").waitFor();

  // Where one was: a document, then a room.
  await again(b);
  await openedDocument(b, "Held here");
  await editor(b).getByText("Written before.").waitFor();
  await openRoom(b, "welcome");
  await again(b);
  await heading(b, "welcome");

  server.stop();
  try {
    // At once, while the window still believes in the server; and once it knows better, opened anew.
    for (const time of ["before it is missed", "after a reload"]) {
      await row(b, "Held here").click();
      await openedDocument(b, "Held here");
      await editor(b).getByText("Written before.").first().waitFor();
      await editor(b).click();
      await b.keyboard.press("Control+End");
      await b.keyboard.type(` Added ${time}.`);
      await editor(b).getByText(`Added ${time}.`).waitFor();
      await openRoom(b, "welcome");
      await message(b, "What is held is read").waitFor();
      await composer(b).waitFor();
      await b.locator("nav").getByRole("button", { name: /^Ana/ }).click();
      await heading(b, "Ana");
      await b.goBack();
      await heading(b, "welcome");
      if (time === "after a reload") break;
      await again(b);
      await heading(b, "welcome");
    }
    await row(b, "Never looked at").click();
    await b.getByText("This document is not on this device yet").waitFor();
    await screen(b, "a document that is not held");
    // What is made now is there, too.
    await openRoom(b, "welcome");
    await createDocument(b, "Made without a server");
    await editor(b).click();
    await b.keyboard.type("Here all the same.");
    await again(b);
    await openedDocument(b, "Made without a server");
    await editor(b).getByText("Here all the same.").waitFor();
    await row(b, "Held here").click();
    await openedDocument(b, "Held here");
    equal(
      await editor(b).innerText(),
      "Written before. Added before it is missed. Added after a reload.",
      "what was written meanwhile",
    );
  } finally {
    server.goOn();
  }
  await row(a, "Made without a server").waitFor({ timeout: 90_000 });
  await row(a, "Held here").click();
  await editor(a).getByText("Added after a reload.").waitFor();
}
