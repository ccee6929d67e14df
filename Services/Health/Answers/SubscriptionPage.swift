// SPDX-License-Identifier: Apache-2.0
// Martlet: the small pages around a subscription; they need no JavaScript.

internal import HTTPTypes
internal import Health
internal import Hummingbird
internal import Web

/// A page with a heading, some words and perhaps a form.
struct SubscriptionPage: Sendable {
    var title: String
    var words: [String]
    var form = ""
    var status: HTTPResponse.Status = .ok

    /// Where people subscribe, for the ways that are offered.
    static func ask(_ settings: SubscriptionSettings, problem: String? = nil) -> SubscriptionPage {
        var form = ""
        let alert = problem.map { "<p class=\"notice bad\" role=\"alert\">\($0.markup)</p>" } ?? ""
        if settings.offers(.email) {
            form += """
                <form method="post" action="/subscriptions">
                  <p><label for="email">E-mail address</label></p>
                  <p><input id="email" name="email" type="email" autocomplete="email" required></p>
                  <p><button class="button primary" type="submit">Subscribe by e-mail</button></p>
                </form>

                """
        }
        if settings.offers(.webhook) {
            form += """
                <form method="post" action="/subscriptions">
                  <p><label for="webhook">Webhook: an address that takes a POST with JSON</label></p>
                  <p><input id="webhook" name="webhook" type="url" required></p>
                  <p><button class="button primary" type="submit">Subscribe a webhook</button></p>
                </form>

                """
        }
        return SubscriptionPage(
            title: "Be told about incidents",
            words: ["You are asked to confirm first; nothing else is sent until you do."],
            form: alert + form,
            status: problem == nil ? .ok : .badRequest
        )
    }

    /// What whoever has asked is told.
    static func asked(secret: String?, token: String?) -> SubscriptionPage {
        guard let secret, let token else {
            return SubscriptionPage(
                title: "Look into your mailbox",
                words: ["A mail with a link is on its way. Open it within 48 hours to confirm the subscription."],
                status: .accepted
            )
        }
        return SubscriptionPage(
            title: "The webhook is asked",
            words: ["It gets a challenge now, and is subscribed once it repeats it. These are shown only this once:"],
            form: """
                <dl><dt>Signing key</dt><dd><code>\(secret.markup)</code></dd>
                <dt>Token, to unsubscribe</dt><dd><code>\(token.markup)</code></dd></dl>

                """,
            status: .accepted
        )
    }

    /// A question with one button, which posts to the page's own address: whoever only looks at a link changes nothing.
    static func question(_ title: String, _ words: [String], button: String) -> SubscriptionPage {
        SubscriptionPage(
            title: title,
            words: words,
            form: """
                <form method="post"><p><button class="button primary" type="submit">\(button)</button></p></form>

                """
        )
    }

    /// The page as a response that nobody keeps, indexes or gets a referrer from.
    func response(title site: String) -> Response {
        let paragraphs = words.map { "<p>\($0.markup)</p>" }.joined(separator: "\n")
        let html = """
            <!doctype html>
            <html lang="en">
              <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <meta name="robots" content="noindex">
                <title>\(title.markup) - \(site.markup)</title>
                <link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
                <link rel="stylesheet" href="/assets/theme.css">
                <link rel="stylesheet" href="/assets/base.css">
                <link rel="stylesheet" href="/assets/controls.css">
                <link rel="stylesheet" href="/assets/status.css">
              </head>
              <body>
                <header class="site-head wrap">
                  <a class="brand" href="/"><img src="/assets/mark.svg" alt="" width="32" height="32"> <span>\(site.markup)</span></a>
                </header>
                <main id="main" class="wrap">
                  <h1>\(title.markup)</h1>
            \(paragraphs)
            \(form)      <p><a href="/">Back to the status</a></p>
                </main>
              </body>
            </html>

            """
        var headers: HTTPFields = [
            .cacheControl: "no-store", .xContentTypeOptions: "nosniff", .contentSecurityPolicy: PageRoutes.policy,
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return .bytes(Array(html.utf8), type: "text/html; charset=utf-8", status, headers: headers)
    }
}
