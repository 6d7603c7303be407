//
//  Trie.swift
//  Completion
//
//  Prefix tree used by the command palette.
//

import Foundation

/// A collection of words that can be searched by prefix.
public protocol PrefixSearchable {
    associatedtype Value

    func values(withPrefix prefix: String) -> [Value]
    mutating func insert(_ value: Value, for key: String)
}

extension PrefixSearchable {
    public func first(withPrefix prefix: String) -> Value? {
        values(withPrefix: prefix).first
    }
}

public struct Trie<Value>: PrefixSearchable {
    fileprivate final class Node {
        var children: [Character: Node] = [:]
        var value: Value?

        init() {}

        var isLeaf: Bool { children.isEmpty }

        deinit { children.removeAll() }
    }

    public enum TrieError: Error, Equatable {
        case emptyKey
        case duplicate(key: String)

        var message: String {
            switch self {
            case .emptyKey: return "a key must not be empty"
            case .duplicate(let key): return "{\(key)} is in the trie already"
            }
        }
    }

    private var root = Node()
    public private(set) var count = 0

    public init() {}

    public init<S: Sequence>(_ pairs: S) where S.Element == (String, Value) {
        for (key, value) in pairs {
            insert(value, for: key)
        }
    }

    public subscript(key: String) -> Value? {
        get { node(at: key)?.value }
        set {
            if let newValue { insert(newValue, for: key) }
        }
    }

    public mutating func insert(_ value: Value, for key: String) {
        let node = key.reduce(root) { node, character in
            if let next = node.children[character] { return next }
            let next = Node()
            node.children[character] = next
            return next
        }
        if node.value == nil { count += 1 }
        node.value = value
    }

    private func node(at key: String) -> Node? {
        var node = root
        for character in key {
            guard let next = node.children[character] else { return nil }
            node = next
        }
        return node
    }

    public func values(withPrefix prefix: String) -> [Value] {
        matches(for: prefix, maxDistance: 0, limit: .max)
    }

    /// Finds values whose keys start with something close to `prefix`.
    public func matches(for prefix: String, maxDistance: Int, limit: Int) -> [Value] {
        struct Step {
            let node: Node
            let rest: Substring
            let errors: Int
        }

        var found: [Value] = []
        var stack = [Step(node: root, rest: prefix[...], errors: 0)]

        search: while let step = stack.popLast() {
            guard let wanted = step.rest.first else {
                // The prefix is used up: everything below belongs to the result.
                if let value = step.node.value {
                    found.append(value)
                    if found.count >= limit { break search }
                }
                for child in step.node.children.values {
                    stack.append(Step(node: child, rest: "", errors: step.errors))
                }
                continue
            }

            for (character, child) in step.node.children {
                let rest = step.rest.dropFirst()
                switch (character == wanted, step.errors < maxDistance) {
                case (true, _):
                    stack.append(Step(node: child, rest: rest, errors: step.errors))
                case (false, true):
                    // One typing error more, e.g. "cafe" for "café".
                    stack.append(Step(node: child, rest: rest, errors: step.errors + 1))
                case (false, false):
                    continue
                }
            }
        }
        return found
    }
}
