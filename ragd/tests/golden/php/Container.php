<?php

/**
 * A small dependency injection container with autowiring.
 */

declare(strict_types=1);

namespace App\Kernel;

use Closure;
use Psr\Container\ContainerInterface;
use Psr\Container\NotFoundExceptionInterface;
use ReflectionClass;
use ReflectionNamedType;
use RuntimeException;

use function sprintf;

#[\Attribute(\Attribute::TARGET_CLASS)]
final class Shared
{
    public function __construct(public readonly bool $lazy = true)
    {
    }
}

enum Lifetime: string
{
    case Transient = 'transient';
    case Singleton = 'singleton';

    public const DEFAULT = self::Singleton;

    public static function of(ReflectionClass $class): self
    {
        return $class->getAttributes(Shared::class) === [] ? self::Transient : self::DEFAULT;
    }

    public function caches(): bool
    {
        return $this === self::Singleton;
    }
}

class NotFound extends RuntimeException implements NotFoundExceptionInterface
{
    public static function service(string $id): static
    {
        return new static(sprintf('Service {%s} is unknown – is it spelled correctly?', $id));
    }
}

trait HasAliases
{
    /** @var array<string, string> */
    private array $aliases = [];

    public function alias(string $alias, string $id): static
    {
        $this->aliases[$alias] = $id;

        return $this;
    }
}

final class Container implements ContainerInterface
{
    use HasAliases;

    private const MAX_DEPTH = 32;

    private array $factories = [];
    private array $instances = [];
    private int $depth = 0;

    public function set(string $id, Closure $factory): void
    {
        $this->factories[$id] = $factory;
        unset($this->instances[$id]);
    }

    public function has(string $id): bool
    {
        return isset($this->aliases[$id]) || isset($this->factories[$id]) || class_exists($id);
    }

    public function get(string $id): mixed
    {
        $id = $this->aliases[$id] ?? $id;
        if (array_key_exists($id, $this->instances)) {
            return $this->instances[$id];
        }
        if (++$this->depth > self::MAX_DEPTH) {
            throw new RuntimeException("Circular dependency while building {$id}");
        }

        try {
            if (isset($this->factories[$id])) {
                return $this->instances[$id] = ($this->factories[$id])($this);
            }
            if (!class_exists($id)) {
                throw NotFound::service($id);
            }

            $class = new ReflectionClass($id);
            $arguments = [];
            foreach ($class->getConstructor()?->getParameters() ?? [] as $parameter) {
                $type = $parameter->getType();
                if ($type instanceof ReflectionNamedType && !$type->isBuiltin()) {
                    $arguments[] = $this->get($type->getName());
                } elseif ($parameter->isDefaultValueAvailable()) {
                    $arguments[] = $parameter->getDefaultValue();
                } else {
                    // Scalars without a default cannot be guessed.
                    throw NotFound::service("{$id}::\${$parameter->getName()}");
                }
            }

            $instance = $class->newInstanceArgs($arguments);
            if (Lifetime::of($class)->caches()) {
                $this->instances[$id] = $instance;
            }

            return $instance;
        } finally {
            $this->depth--;
        }
    }
}
