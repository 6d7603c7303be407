// Vectors, polygons and a hit test for the canvas.

import XCTest

infix operator •: MultiplicationPrecedence

@propertyWrapper
struct Clamped<Value: Comparable> {
    private var value: Value
    private let range: ClosedRange<Value>

    init(wrappedValue: Value, _ range: ClosedRange<Value>) {
        self.range = range
        self.value = min(max(wrappedValue, range.lowerBound), range.upperBound)
    }

    var wrappedValue: Value {
        get { value }
        set { value = min(max(newValue, range.lowerBound), range.upperBound) }
    }
}

struct Vector: Hashable, Codable {
    var x: Double
    var y: Double

    static let zero = Vector(x: 0, y: 0)

    var length: Double { (self • self).squareRoot() }

    static func + (a: Vector, b: Vector) -> Vector { Vector(x: a.x + b.x, y: a.y + b.y) }
    static func - (a: Vector, b: Vector) -> Vector { Vector(x: a.x - b.x, y: a.y - b.y) }
    static func • (a: Vector, b: Vector) -> Double { a.x * b.x + a.y * b.y }
    static prefix func - (a: Vector) -> Vector { .zero - a }

    mutating func normalize() {
        guard length > 0 else { return }
        self = Vector(x: x / length, y: y / length)
    }
}

extension Vector: CustomStringConvertible {
    var description: String { "{\(x), \(y)}" }
}

let tolerance = 1e-9

class Shape {
    var name: String
    @Clamped(0...1) var opacity: Double = 1

    init(name: String) {
        self.name = name
    }

    convenience init?(json: [String: Any]) {
        guard let name = json["name"] as? String else { return nil }
        self.init(name: name)
    }

    func contains(_ point: Vector) -> Bool { false }
}

final class Polygon: Shape {
    enum FillRule: String, CaseIterable {
        case nonZero = "nonzero"
        case evenOdd = "evenodd"
    }

    var points: [Vector] {
        didSet { if points.count < 3 { points = oldValue } }
    }
    var rule: FillRule = .nonZero

    init(points: [Vector]) {
        self.points = points
        super.init(name: "Vieleck №1")
    }

    /// Counts crossings of a ray that starts at `point` and goes right.
    override func contains(_ point: Vector) -> Bool {
        var winding = 0
        var crossings = 0

        for (index, a) in points.enumerated() {
            let b = points[(index + 1) % points.count]
            let cross = (b.x - a.x) * (point.y - a.y) - (point.x - a.x) * (b.y - a.y)

            if abs(cross) < tolerance {
                // On the line; inside only if it lies between both ends.
                if (a - point) • (b - point) <= 0 {
                    return true
                }
                continue
            }

            switch (a.y <= point.y, b.y <= point.y) {
            case (true, false) where cross > 0:
                winding += 1
                crossings += 1
            case (false, true) where cross < 0:
                winding -= 1
                crossings += 1
            default:
                break
            }
        }

        switch rule {
        case .nonZero: return winding != 0
        case .evenOdd: return !crossings.isMultiple(of: 2)
        }
    }
}

let fixture = """
    [{"x": 0, "y": 0}, {"x": 4, "y": 0},
     {"x": 4, "y": 4}, {"x": 0, "y": 4}]
    """

final class PolygonTests: XCTestCase {
    func testInside() throws {
        let points = try JSONDecoder().decode([Vector].self, from: Data(fixture.utf8))
        XCTAssertTrue(Polygon(points: points).contains(Vector(x: 1, y: 1)))
    }
}
