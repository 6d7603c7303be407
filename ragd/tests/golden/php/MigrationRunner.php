<?php

namespace App\Database;

use PDO;
use PDOException;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Psr\Log\{LoggerInterface, NullLogger};

/** A step that changes the schema. */
interface Migration
{
    public const TABLE = 'migrations';

    public function up(PDO $db): void;

    public function down(PDO $db): void;
}

enum Direction
{
    case Up;
    case Down;

    public function sign(): int
    {
        return match ($this) {
            self::Up => 1,
            self::Down => -1,
        };
    }
}

readonly class Plan implements \IteratorAggregate, \Countable
{
    /** @param array<string, Migration> $steps */
    public function __construct(public Direction $direction, private array $steps)
    {
    }

    public function getIterator(): \Traversable
    {
        yield from $this->steps;
    }

    public function count(): int
    {
        return \count($this->steps);
    }
}

function migration_name(string $file): string
{
    return pathinfo($file, PATHINFO_FILENAME);
}

class MigrationRunner
{
    public function __construct(
        private readonly PDO $db,
        private readonly LoggerInterface $logger = new NullLogger(),
    ) {
    }

    /** Runs a plan; returns the names of the steps that were carried out. */
    public function run(Plan $plan, bool $dryRun = false): array
    {
        $done = [];

        foreach ($plan as $name => $step) {
            if ($dryRun) {
                $this->logger->info("would run {$name}");
                continue;
            }

            $this->db->beginTransaction();
            try {
                match ($plan->direction) {
                    Direction::Up => $step->up($this->db),
                    Direction::Down => $step->down($this->db),
                };
                $this->record($name, $plan->direction);
                // Some statements commit implicitly, so look before committing.
                if ($this->db->inTransaction()) {
                    $this->db->commit();
                }
                $done[] = $name;
            } catch (PDOException $e) {
                if ($this->db->inTransaction()) {
                    $this->db->rollBack();
                }
                $this->logger->error('{name} failed ✗', ['name' => $name, 'exception' => $e]);
                if ($plan->direction === Direction::Up) {
                    throw $e;
                }
                break;
            }
        }

        return $done;
    }

    private function record(string $name, Direction $direction): void
    {
        $table = Migration::TABLE;
        $sql = $direction === Direction::Up
            ? <<<SQL
                insert into {$table} (name, created_at)
                values (:name, current_timestamp)
                SQL
            : "delete from {$table} where name = :name";
        $this->db->prepare($sql)->execute(['name' => $name]);
    }
}

class MigrationRunnerTest extends TestCase
{
    public static function names(): array
    {
        return [['db/001_users.php', '001_users'], ['{x}.php', '{x}']];
    }

    #[DataProvider('names')]
    public function testName(string $file, string $expected): void
    {
        self::assertSame($expected, migration_name($file));
    }
}
