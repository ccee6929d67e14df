// SPDX-License-Identifier: Apache-2.0
// Martlet: the mail servers of the tests, in Python: aiosmtpd, and some that misbehave.

/// A program of two arguments: a folder and a mode. It writes `port` there, and each mail as `mail-N.json`.
let mailServerScript = #"""
    import asyncio, email, email.policy, json, os, socket, ssl, struct, sys

    folder, mode = sys.argv[1], sys.argv[2]
    context = None
    if mode in ("starttls", "implicit", "login"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")

    def put(name, text):
        with open(f"{folder}/{name}.part", "w") as file:
            file.write(text)
        os.rename(f"{folder}/{name}.part", f"{folder}/{name}")

    class Handler:
        count = 0

        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.startswith("never"):
                return "550 5.1.1 no such user"
            if address.startswith("later"):
                return "451 4.7.1 greylisted, try again"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            if any(a.startswith("data-later") for a in envelope.rcpt_tos):
                return "452 4.3.1 disk full"
            if any(a.startswith("data-never") for a in envelope.rcpt_tos):
                return "554 5.7.1 this is spam"
            content = envelope.original_content
            mail = email.message_from_bytes(content, policy=email.policy.default)
            plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
            defects = [str(d) for part in mail.walk() for d in part.defects]
            defects += [f"{n}: {d}" for n in mail.keys() for d in mail[n].defects]
            put(f"mail-{self.count}.json", json.dumps({
                "sender": envelope.mail_from, "recipients": envelope.rcpt_tos,
                "headers": {name.lower(): str(mail[name]) for name in mail.keys()},
                "names": [name.lower() for name in mail.keys()],
                "displayed": [a.display_name for a in mail["to"].addresses],
                "plain": plain.get_content().replace("\r\n", "\n") if plain else "", "html": html.get_content() if html else "",
                "longest": max(len(line) for line in content.split(b"\r\n")),
                "ascii": content.isascii(), "bare": content.replace(b"\r\n", b"").count(b"\n"),
                "defects": defects, "encrypted": session.ssl is not None or mode == "implicit",
                "login": getattr(session, "who", b"").decode() if session.authenticated else "",
            }))
            self.count += 1
            return "250 queued"

    def authenticate(server, session, envelope, mechanism, data):
        from aiosmtpd.smtp import AuthResult
        good = data.login == b"martlet" and data.password == b"s3cret pass"
        session.who = data.login
        return AuthResult(success=good, handled=False)

    def real(loop):
        from aiosmtpd.smtp import SMTP
        options = {"hostname": "mail.test"}
        if mode in ("starttls", "login"):
            options |= {"tls_context": context, "require_starttls": True, "auth_required": True,
                        "authenticator": authenticate}
        if mode == "login":
            options["auth_exclude_mechanism"] = ["PLAIN"]
        if mode in ("implicit", "clear"):
            options |= {"auth_require_tls": False, "auth_required": True, "authenticator": authenticate}
        handler = Handler()
        return loop.create_server(lambda: SMTP(handler, loop=loop, **options), "127.0.0.1", 0,
                                  ssl=context if mode == "implicit" else None)

    # What a misbehaving server says first, and to each command.
    async def misbehave(reader, writer):
        async def line():
            return (await reader.readline()).split(b" ")[0].strip().upper()
        async def say(*bytes):
            writer.write(b"".join(bytes)); await writer.drain()
        async def until(word):
            await say(b"220 mail.test\r\n")
            while True:
                command = await line()
                if not command or command == word:
                    return
                if command == b"DATA":
                    await say(b"354 go\r\n")
                    while (await reader.readline()) not in (b".\r\n", b""):
                        pass
                    if word == b"CONTENT":
                        return
                    await say(b"250 ok\r\n")
                else:
                    await say(b"250 ok\r\n")
        def reset():
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        try:
            if mode == "hang":
                put("connected", "1"); await reader.read()
            elif mode == "hang-data":
                await until(b"DATA"); await reader.read()
            elif mode == "hang-quit":
                await until(b"QUIT"); await reader.read()
            elif mode == "reset":
                await until(b"MAIL"); reset()
            elif mode == "reset-content":
                await until(b"CONTENT"); reset()
            elif mode == "reset-quit":
                await until(b"QUIT"); reset()
            elif mode == "close":
                await say(b"220 mail.test\r\n"); await line(); writer.close()
            elif mode == "goodbye":
                await until(b"MAIL"); await say(b"421 4.3.2 shutting down\r\n"); writer.close()
            elif mode == "unwelcome":
                await say(b"554 5.7.1 your address is on a list\r\n"); await reader.read()
            elif mode == "busy":
                await say(b"450 4.3.2 too busy\r\n"); await reader.read()
            elif mode == "pipelined":
                await say(b"220 mail.test\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n"); await reader.read()
            elif mode == "garbage":
                await say(bytes(range(256)) * 4 + b"\r\n"); await reader.read()
            elif mode == "http":
                await say(b"HTTP/1.1 400 Bad Request\r\n\r\n"); await reader.read()
            elif mode == "long-line":
                await say(b"220 " + b"x" * 100000); await reader.read()
            elif mode == "endless":
                await say(b"220 mail.test\r\n"); await line()
                while True:
                    await say(b"250-more\r\n" * 1000)
            elif mode == "no-starttls":
                await until(b"NEVER")
            elif mode == "injected":
                await say(b"220 mail.test\r\n"); await line()
                await say(b"250-mail.test\r\n250 STARTTLS\r\n"); await line()
                await say(b"220 go\r\n250 injected\r\n"); await reader.read()
            elif mode == "echo-password":
                await say(b"220 mail.test\r\n"); await line()
                await say(b"250-mail.test\r\n250 AUTH PLAIN\r\n")
                words = (await reader.readline()).strip()
                await say(b"535 5.7.8 wrong: " + words + b"\r\n"); await reader.read()
        except (ConnectionError, asyncio.CancelledError):
            pass

    async def main():
        loop = asyncio.get_running_loop()
        if mode in ("plain", "clear", "starttls", "login", "implicit"):
            server = await real(loop)
        else:
            server = await asyncio.start_server(misbehave, "127.0.0.1", 0)
        put("port", str(server.sockets[0].getsockname()[1]))
        await asyncio.Event().wait()

    asyncio.run(main())
    """#
