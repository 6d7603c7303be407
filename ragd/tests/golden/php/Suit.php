<?php

declare(strict_types=1);

namespace Cards\Model;

use InvalidArgumentException;

/** The four colours of cards. */
enum Suit: string
{
    case Hearts = 'h';
    case Spades = 's';

    public const Wild = self::Spades;

    public function label(): string
    {
        return ucfirst(strtolower($this->name));
    }

    public static function of(string $letter): self
    {
        return self::tryFrom($letter) ?? throw new InvalidArgumentException($letter);
    }
}

trait Shuffles
{
    private array $cards = [];

    public function shuffle(): void
    {
        shuffle($this->cards);
    }
}

final class Deck
{
    use Shuffles;

    public function draw(): ?string
    {
        return array_pop($this->cards);
    }
}

if (!function_exists('Cards\Model\deck')) {
    function deck(): Deck
    {
        return new Deck();
    }
}

return new class {
    public function up(): void
    {
        deck()->shuffle();
    }
};
