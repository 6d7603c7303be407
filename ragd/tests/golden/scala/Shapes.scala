package shapes

/** What is drawn. */
enum Shape:
  case Circle(radius: Double)
  case Square(side: Double)

  def area: Double = this match
    case Circle(radius) => math.Pi * radius * radius
    case Square(side) => side * side

object Shape:
  type Id = Long

  case class Named(id: Id, shape: Shape):
    def label: String = s"$id: $shape"

  /** By their areas. */
  given ordering: Ordering[Shape] with
    def compare(a: Shape, b: Shape): Int =
      a.area.compare(b.area)

  given Show[Shape] = shape => shape.toString

  extension (shape: Shape)
    def doubled: Double = shape.area * 2
    def isLarge: Boolean =
      shape.area > 100

trait Canvas:
  def draw(shape: Shape): Unit

  def drawAll(shapes: Seq[Shape]): Unit =
    shapes.sorted.foreach(draw)

@main def paint(): Unit =
  println(Shape.Circle(1).doubled)
