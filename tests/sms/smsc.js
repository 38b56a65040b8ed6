// A message centre for tests, on the npm package `smpp`. Commands come as lines of JSON on stdin, what
// happens goes out as lines of JSON on stdout.
//
//   {"do": "deliver", "source", "destination", ...}   further fields as node-smpp has them; udh in hex
//   {"do": "next", "how": "ok" | "silent" | "drop" | "refuse", "status", "times"}   for submit_sm
//   {"do": "drop"} cuts all connections; {"do": "deaf", "is": true} stops answering enquire_link
const smpp = require("smpp");

const sessions = new Set();
const receivers = new Set();
const behaviours = [];
let taken = 0;
let isDeaf = false;

const tell = (event, fields) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);

function submit(session, pdu) {
    const behaviour = behaviours.shift() || { how: "ok" };
    const { udh, message } = pdu.short_message;
    const isTaken = behaviour.how !== "refuse";
    const id = isTaken ? `m${++taken}` : "";
    tell("submit", {
        id,
        how: behaviour.how,
        source: pdu.source_addr,
        source_ton: pdu.source_addr_ton,
        destination: pdu.destination_addr,
        coding: pdu.data_coding,
        receipt: pdu.registered_delivery,
        udh: udh ? udh.map((each) => each.toString("hex")) : [],
        text: Buffer.isBuffer(message) ? message.toString("hex") : message,
    });
    if (behaviour.how === "drop") session.destroy();
    else if (behaviour.how === "refuse") session.send(pdu.response({ command_status: behaviour.status }));
    else if (behaviour.how === "ok") session.send(pdu.response({ message_id: id }));
}

const server = smpp.createServer((session) => {
    sessions.add(session);
    for (const end of ["close", "error"])
        session.on(end, () => [sessions, receivers].forEach((each) => each.delete(session)));
    for (const role of ["transceiver", "transmitter", "receiver"]) session.on(`bind_${role}`, (pdu) => bind(pdu, role));
    const bind = (pdu, role) => {
        const isKnown = pdu.system_id === "hub" && pdu.password === "secret";
        session.send(pdu.response(isKnown ? {} : { command_status: smpp.ESME_RBINDFAIL }));
        if (role !== "transmitter") receivers.add(session);
        tell("bind", { how: role, is_known: isKnown });
    };
    session.on("submit_sm", (pdu) => submit(session, pdu));
    session.on("unbind", (pdu) => {
        session.send(pdu.response());
        tell("unbind", {});
    });
    session.on("enquire_link", (pdu) => {
        tell("enquire", {});
        if (!isDeaf) session.send(pdu.response());
    });
});

const commands = {
    deliver({ source, destination, udh, message, number, ...fields }) {
        const text = udh ? { udh: Buffer.from(udh, "hex"), message } : message;
        for (const session of receivers)
            session.deliver_sm(
                { source_addr: source, destination_addr: destination, short_message: text, ...fields },
                (answer) => tell("answered", { number, status: answer.command_status }),
            );
    },
    next({ how, status, times }) {
        for (let count = 0; count < (times || 1); count++) behaviours.push({ how, status });
    },
    drop() {
        for (const session of sessions) session.destroy();
    },
    deaf({ is }) {
        isDeaf = is;
    },
};

require("readline")
    .createInterface({ input: process.stdin })
    .on("line", (line) => {
        const command = JSON.parse(line);
        commands[command.do](command);
        tell("told", {});
    })
    .on("close", () => process.exit(0));

server.listen(0, "127.0.0.1", () => tell("listening", { port: server.address().port }));
