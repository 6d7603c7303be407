<?php

declare(strict_types=1);

// Functions and a class for rendering "{{ name | filter }}" templates.

namespace App\View
{
    use InvalidArgumentException;

    const OPEN = '{{';
    const CLOSE = '}}';

    interface Loader
    {
        public function load(string $name): string;
    }

    abstract class Node
    {
        public function __construct(protected readonly int $line)
        {
        }

        abstract public function render(array $scope): string;
    }

    class Text extends Node
    {
        public function __construct(int $line, private string $text)
        {
            parent::__construct($line);
        }

        public function render(array $scope): string
        {
            return $this->text;
        }
    }

    class Output extends Node
    {
        public function __construct(int $line, private string $path, private array $filters)
        {
            parent::__construct($line);
        }

        public function render(array $scope): string
        {
            $value = $scope[$this->path] ?? '';
            foreach ($this->filters as $filter) {
                $value = filters()[$filter]($value);
            }

            return (string) $value;
        }
    }

    /** @return array<string, callable> */
    function filters(): array
    {
        return [
            'upper' => mb_strtoupper(...),
            'escape' => static fn (mixed $v): string => htmlspecialchars((string) $v, ENT_QUOTES),
            'price' => function (mixed $v): string {
                return number_format((float) $v, 2, ',', '.') . ' €';
            },
        ];
    }

    /**
     * Parses a template into nodes.
     *
     * @return \Generator<Node>
     */
    function parse(string $source): \Generator
    {
        $offset = 0;
        $line = 1;

        while ($offset < strlen($source)) {
            $start = strpos($source, OPEN, $offset);
            if ($start === false) {
                yield new Text($line, substr($source, $offset));
                break;
            }
            if ($start > $offset) {
                $text = substr($source, $offset, $start - $offset);
                yield new Text($line, $text);
                $line += substr_count($text, "\n");
            }

            $end = strpos($source, CLOSE, $start);
            if ($end === false) {
                throw new InvalidArgumentException("Line {$line}: tag is never closed");
            }

            $parts = array_map('trim', explode('|', substr($source, $start + 2, $end - $start - 2)));
            $path = array_shift($parts);
            switch (true) {
                case $path === '':
                    throw new InvalidArgumentException("Line {$line}: empty tag");
                case $path[0] === '#':
                    // A comment: produce nothing at all.
                    break;
                default:
                    foreach ($parts as $filter) {
                        if (!isset(filters()[$filter])) {
                            throw new InvalidArgumentException("Line {$line}: no filter {$filter}");
                        }
                    }
                    yield new Output($line, $path, $parts);
            }
            $offset = $end + 2;
        }
    }
}

namespace
{
    $template = <<<'HTML'
    <p>{{ # greeting }}{{ name | escape }} owes {{ sum | price }}</p>
    HTML;

    foreach (App\View\parse($template) as $node) {
        echo $node->render(['name' => 'Renée', 'sum' => 12.5]);
    }
}
