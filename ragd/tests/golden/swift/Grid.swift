import Foundation

public typealias Position = (row: Int, column: Int)

/// Rows of equal length.
public struct Grid<Element> {
    private var rows: [[Element]]

    public init(rows: [[Element]]) {
        self.rows = rows
    }

    /// What is at a position.
    public subscript(row: Int, column: Int) -> Element {
        get { rows[row][column] }
        set { rows[row][column] = newValue }
    }

    public var count: Int {
        rows.reduce(0) { $0 + $1.count }
    }
}

extension Grid: Equatable where Element: Equatable {
    public static func == (left: Grid, right: Grid) -> Bool {
        left.rows == right.rows
    }
}

extension Grid where Element == Int {
    func sum() -> Int {
        rows.joined().reduce(0, +)
    }
}

/// Keeps grids that are dear to make.
actor GridCache {
    private var grids: [String: Grid<Int>] = [:]

    func grid(named name: String) -> Grid<Int>? {
        grids[name]
    }

    deinit {
        grids.removeAll()
    }
}
