// An ESME on npm's smpp. Reads one JSON object: {port, source, destination, requests: [[command, fields], ...]},
// binds, sends the requests one after the other, and prints what came, one JSON object a line.
// "$id" in a request is the message_id of the last submit_sm_resp. It ends when stdin does.
"use strict";
const readline = require("readline");
const smpp = require("smpp");

const print = (kind, pdu) => {
  const { command, command_status, message_id, message_state, short_message, message_payload, receipted_message_id } = pdu;
  const { esm_class, source_addr, destination_addr, unsuccess_sme, final_date } = pdu;
  const text = short_message && short_message.message !== undefined ? short_message.message : undefined;
  console.log(
    JSON.stringify({
      kind, command, command_status, message_id, message_state, text, receipted_message_id, esm_class, source_addr,
      destination_addr, unsuccess: (unsuccess_sme || []).length, final_date,
      payload: message_payload && (message_payload.message || message_payload).toString(),
    }),
  );
};

const lines = readline.createInterface({ input: process.stdin });
lines.once("line", async (line) => {
  const plan = JSON.parse(line);
  const session = smpp.connect({ url: `smpp://127.0.0.1:${plan.port}` });
  const send = (command, fields) =>
    new Promise((resolve) => session.send(new smpp.PDU(command, fields), resolve));
  session.on("deliver_sm", (pdu) => {
    session.send(pdu.response());
    print("delivered", pdu);
  });
  session.on("error", (error) => console.log(JSON.stringify({ kind: "error", text: String(error) })));
  session.on("close", () => process.exit(0));
  await new Promise((resolve) => session.once("connect", resolve));
  let id = "";
  for (const [command, fields] of plan.requests) {
    for (const name of Object.keys(fields)) if (fields[name] === "$id") fields[name] = id;
    const answer = await send(command, fields);
    if (answer.command === "submit_sm_resp") id = answer.message_id;
    print("answer", answer);
  }
  lines.once("close", async () => {
    print("answer", await send("unbind", {}));
    session.close();
  });
});
