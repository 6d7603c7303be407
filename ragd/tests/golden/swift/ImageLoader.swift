import Combine
import Foundation
#if canImport(UIKit)
import UIKit
public typealias PlatformImage = UIImage
#else
import AppKit
public typealias PlatformImage = NSImage
#endif

/// Loads images and keeps the most recent ones in memory.
///
/// All state is isolated to the actor, so callers only need `await`.
public actor ImageLoader {
    public struct Configuration: Sendable {
        public var retries = 2
        public var timeout: Duration = .seconds(15)
        public static let `default` = Configuration()
    }

    public enum LoadError: LocalizedError {
        case badStatus(Int)
        case notAnImage(URL)
        case cancelled

        public var errorDescription: String? {
            switch self {
            case .badStatus(let code): "The server answered with {\(code)}"
            case .notAnImage(let url): "\(url.lastPathComponent) is not an image"
            case .cancelled: nil
            }
        }
    }

    private enum Entry {
        case loading(Task<PlatformImage, Error>)
        case ready(PlatformImage, usedAt: ContinuousClock.Instant)
    }

    public static let shared = ImageLoader()

    private let session: URLSession
    private let configuration: Configuration
    private var entries: [URL: Entry] = [:]

    public init(session: URLSession = .shared, configuration: Configuration = .default) {
        self.session = session
        self.configuration = configuration
    }

    public init(retries: Int) {
        self.init(configuration: Configuration(retries: retries))
    }

    public var count: Int { entries.count }

    public func removeAll() { entries.removeAll() }

    public func image(for url: URL) async throws -> PlatformImage {
        switch entries[url] {
        case .ready(let image, _):
            entries[url] = .ready(image, usedAt: .now)
            return image
        case .loading(let task):
            return try await task.value
        case nil:
            let task = Task { try await fetch(url) }
            entries[url] = .loading(task)
            do {
                let image = try await task.value
                entries[url] = .ready(image, usedAt: .now)
                return image
            } catch {
                entries[url] = nil
                throw error
            }
        }
    }

    /// Downloads the image, trying again when the connection is at fault.
    private func fetch(_ url: URL) async throws -> PlatformImage {
        var attempt = 0
        var request = URLRequest(url: url)
        request.setValue("image/*", forHTTPHeaderField: "Accept")

        repeat {
            defer { attempt += 1 }
            try Task.checkCancellation()

            do {
                let (data, response) = try await session.data(for: request)
                if let http = response as? HTTPURLResponse {
                    switch http.statusCode {
                    case 200..<300:
                        break
                    case 429, 503:
                        // Too busy – be polite and come back later.
                        try await Task.sleep(for: .seconds(attempt + 1))
                        continue
                    default:
                        throw LoadError.badStatus(http.statusCode)
                    }
                }
                guard let image = PlatformImage(data: data) else {
                    throw LoadError.notAnImage(url)
                }
                return image
            } catch let error as URLError where error.code == .networkConnectionLost {
                guard attempt < configuration.retries else { throw error }
            } catch is CancellationError {
                throw LoadError.cancelled
            }
        } while attempt <= configuration.retries

        throw URLError(.timedOut)
    }
}

extension ImageLoader {
    @MainActor
    public static func preload(_ urls: [URL]) {
        for url in urls {
            Task.detached(priority: .background) { _ = try? await shared.image(for: url) }
        }
    }
}
