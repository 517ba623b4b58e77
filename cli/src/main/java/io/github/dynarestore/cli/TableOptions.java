package io.github.dynarestore.cli;

import io.github.dynarestore.TableDefinition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that say how the target table is made and changed; docs/target-table.md says what each means. */
final class TableOptions {

    @Option(
            names = "--create-table",
            arity = "0..1",
            paramLabel = "FILE",
            fallbackValue = "",
            description =
                    "Creates the target table: as describe-table printed another one into the file, or without a file with"
                            + " the records' key, on demand.")
    private @Nullable String createTable;

    @Option(
            names = "--table-key",
            paramLabel = "KEY",
            split = ",",
            description =
                    "Key of the table to create, partition key first, such as id:S,date:N; the types as the records have"
                            + " them unless given.")
    private List<String> key = new ArrayList<>();

    @Option(
            names = "--global-index",
            paramLabel = "INDEX",
            description =
                    "Global index of the table to create, such as by-date=date:N,id:S or 'by-date=date:N;keys-only'; may be"
                            + " given several times.")
    private List<String> globalIndexes = new ArrayList<>();

    @Option(
            names = "--local-index",
            paramLabel = "INDEX",
            description =
                    "Local index of the table to create, by its sort key, such as 'by-name=name:S;include=a,b'; may be given"
                            + " several times.")
    private List<String> localIndexes = new ArrayList<>();

    @Option(
            names = "--boost",
            paramLabel = "UNITS",
            description =
                    "Raises the write capacity of table and global indexes to so many units per second for the run, and puts"
                            + " it back.")
    private @Nullable Long boost;

    /** Write units per second that the table is raised to; null to leave it. */
    @Nullable
    Long boost() {
        return boost;
    }

    /** The table that is to be created; null for none. */
    @Nullable
    TableDefinition definition(CommandSpec spec) {
        if (createTable == null) {
            if (!key.isEmpty() || !globalIndexes.isEmpty() || !localIndexes.isEmpty()) {
                throw PlanOptions.wrong(
                        spec,
                        "--table-key, --global-index and --local-index say what --create-table creates",
                        "add --create-table, or leave them out");
            }
            return null;
        }
        String option = createTable.isEmpty() ? "--table-key" : "--create-table";
        try {
            TableDefinition definition = createTable.isEmpty() ? keyed() : described(spec, Path.of(createTable));
            option = "--global-index";
            for (String index : globalIndexes) {
                definition = definition.globalIndex(index);
            }
            option = "--local-index";
            for (String index : localIndexes) {
                definition = definition.localIndex(index);
            }
            return definition;
        } catch (IllegalArgumentException e) {
            throw PlanOptions.wrong(spec, option + ": " + e.getMessage(), hint(option));
        }
    }

    private TableDefinition keyed() {
        return key.isEmpty() ? TableDefinition.fromRecords() : TableDefinition.keyedBy(key.toArray(String[]::new));
    }

    private TableDefinition described(CommandSpec spec, Path file) {
        if (!key.isEmpty()) {
            throw PlanOptions.wrong(
                    spec, "--table-key and a file of --create-table exclude each other", "leave one of them out");
        }
        try {
            return TableDefinition.parse(Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw PlanOptions.wrong(
                    spec,
                    "--create-table: cannot read " + file,
                    "name a file that aws dynamodb describe-table has printed");
        }
    }

    private static String hint(String option) {
        return switch (option) {
            case "--create-table" -> "name a file that aws dynamodb describe-table has printed";
            case "--table-key" -> "write one or two attributes, as in id:S,date:N";
            default -> "write name=attribute:type, as in by-date=date:N";
        };
    }
}
