// SPDX-License-Identifier: Apache-2.0
// Martlet: an element of an XML answer.

/// A name, a text and elements within; attributes and name spaces are of no interest to us.
struct XMLElement: Hashable {
    let name: String
    var text = ""
    var children: [XMLElement] = []

    /// The first child of a name.
    func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All children of a name.
    func all(_ name: String) -> some Sequence<XMLElement> { children.lazy.filter { $0.name == name } }

    /// The text of the first child of a name.
    subscript(name: String) -> String? { child(name)?.text }
}
