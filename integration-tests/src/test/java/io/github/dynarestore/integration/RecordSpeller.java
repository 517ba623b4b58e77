package io.github.dynarestore.integration;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.dynarestore.json.ItemSpeller;
import io.github.dynarestore.json.ItemSpeller.Dialect;
import io.github.dynarestore.json.JsonSpeller;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Spells records that are of one kind and have their members in one order, as those of one writer have: the members of which
 * each format speaks and others, some of them more than once, and with mistakes if asked for.
 */
final class RecordSpeller {

    private static final String[] UNKNOWN = {
        "awsRegion",
        "eventVersion",
        "Item2",
        "keys",
        "",
        "\u00e9",
        "a name of more bytes than anybody remembers, which are sixty-four"
    };

    private final Random random;
    private final JsonSpeller json;
    private final Dialect dialect;

    /** One in as many members has its name spelled in any of the ways that JSON has; 0 for none. */
    private final int oneSpelledOtherwise;

    private ItemSpeller items;

    /** Creates one for the spelling of items that its format has. */
    RecordSpeller(Random random, Dialect dialect) {
        this.random = random;
        this.dialect = dialect;
        json = new JsonSpeller(random);
        items = new ItemSpeller(random, 0, dialect);
        oneSpelledOtherwise = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0;
    }

    /** Has items have so many mistakes from now on. */
    void err(int flawsPerMille) {
        items = new ItemSpeller(random, flawsPerMille, dialect);
    }

    /** A member of a record. */
    private record Field(String name, Supplier<String> value) {}

    /** An object of which the members stand in one order. */
    private final class Layout {

        private final List<Field> fields = new ArrayList<>();

        Layout with(String name, Supplier<String> value) {
            fields.add(new Field(name, value));
            return this;
        }

        Layout perhapsWith(String name, Supplier<String> value) {
            return random.nextInt(3) > 0 ? with(name, value) : this;
        }

        /** Has it be as others write it: in another order, with other members, without some, with one twice. */
        Layout varied() {
            for (int i = random.nextInt(3) == 0 ? random.nextInt(20) : random.nextInt(3); i > 0; i--) {
                int at = random.nextInt(fields.size() + 1);
                fields.add(at, new Field(random.nextInt(4) == 0 ? json.text(3) : "x" + i, RecordSpeller.this::unknown));
            }
            switch (random.nextInt(8)) {
                case 0, 1 -> Collections.shuffle(fields, random);
                case 2 -> fields.remove(random.nextInt(fields.size()));
                case 3 -> {
                    Field twice = fields.get(random.nextInt(fields.size()));
                    fields.add(random.nextInt(fields.size() + 1), random.nextBoolean() ? twice : other(twice));
                }
                case 4 -> fields.add(other(new Field(pick(UNKNOWN), RecordSpeller.this::unknown)));
                default -> {
                    // As it is.
                }
            }
            return this;
        }

        private Field other(Field field) {
            return new Field(field.name, () -> pick("null", "1", "{}", "\"\"", "[]", "\"x\""));
        }

        String text() {
            StringBuilder text = new StringBuilder("{");
            for (Field field : fields) {
                text.append(text.length() > 1 ? "," : "")
                        .append(name(field.name))
                        .append(':');
                text.append(field.value.get());
            }
            return text.append('}').toString();
        }
    }

    private String name(String name) {
        if (oneSpelledOtherwise > 0 && random.nextInt(oneSpelledOtherwise) == 0) {
            json.string(name);
            return new String(json.take(), UTF_8);
        }
        return '"' + name.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("[\\x00-\\x1f]", "c") + '"';
    }

    private String unknown() {
        return switch (random.nextInt(4)) {
            case 0 -> new String(json.document(), UTF_8);
            case 1 -> Integer.toString(random.nextInt(1_000));
            default -> "\"eu-west-1\"";
        };
    }

    private String item() {
        return new String(items.item(), UTF_8);
    }

    private String keys() {
        if (random.nextInt(8) == 0) {
            return item();
        }
        Layout keys = new Layout();
        keys.with("pk", () -> "{\"S\":\"k" + random.nextInt(1_000) + "\"}");
        keys.with("sk", () -> {
            json.raw("{");
            json.raw("\"S\"");
            json.raw(":");
            json.string(json.text(4) + (random.nextInt(8) > 0 ? "s" : ""));
            json.raw("}");
            return new String(json.take(), UTF_8);
        });
        return random.nextInt(12) == 0 ? keys.varied().text() : keys.text();
    }

    private String pick(String... of) {
        return of[random.nextInt(of.length)];
    }

    private String digits(int most) {
        StringBuilder digits = new StringBuilder();
        for (int i = random.nextInt(10) == 0 ? random.nextInt(most + 3) : 15; i > 0; i--) {
            digits.append(random.nextInt(10));
        }
        return digits.toString();
    }

    private String text(String text) {
        return name(text);
    }

    private String time() {
        return switch (random.nextInt(12)) {
            case 0 -> json.number();
            case 1 -> text("2024-03-01T00:00:0" + random.nextInt(12) + "Z");
            case 2 -> (1 + random.nextInt(9)) + digits(18) + pick("", "e1", "E-3", ".5", "e30", "e31", ".0e2");
            default -> "16514955259" + pick("", "00", "00000");
        };
    }

    private Layout change() {
        return new Layout()
                .with("Keys", this::keys)
                .with("NewImage", this::item)
                .perhapsWith("OldImage", this::item)
                .with("SizeBytes", () -> "9");
    }

    private Layout streamChange() {
        return change().with("SequenceNumber", () -> text(digits(40)))
                .perhapsWith("ApproximateCreationDateTime", this::time);
    }

    private Layout withEvent(Layout layout) {
        return layout.with("eventName", () -> text(pick("INSERT", "MODIFY", "MODIFY", "REMOVE")))
                .perhapsWith("userIdentity", this::userIdentity);
    }

    private String userIdentity() {
        return random.nextInt(3) > 0
                ? pick("null", "{}", "{\"principalId\":\"dynamodb.amazonaws.com\",\"type\":\"Service\"}")
                : new Layout().with("Type", () -> text("Service")).varied().text();
    }

    /** Lines as {@code lambda-streams-to-firehose} wrote them. */
    Supplier<String> streamLines() {
        return withEvent(streamChange()).varied()::text;
    }

    /** Records as Lambda gets them. */
    Supplier<String> streamsRecords() {
        Layout change = streamChange().varied();
        return withEvent(new Layout()
                        .with("eventID", () -> "\"1\"")
                        .with("dynamodb", change::text)
                        .perhapsWith(
                                "eventSourceARN", () -> text("arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2024")))
                .varied()::text;
    }

    /** Records of Kinesis. */
    Supplier<String> kinesis() {
        Layout change = change().with("ApproximateCreationDateTime", this::time).varied();
        return withEvent(new Layout()
                        .with("awsRegion", () -> "\"eu-west-1\"")
                        .with("eventID", () -> text(pick("1e84f1ca-438d-4837-a6bd-aa4592be6f8a", "x")))
                        .with("recordFormat", () -> "\"application/json\"")
                        .with("tableName", () -> text("orders"))
                        .with("dynamodb", change::text)
                        .with("eventSource", () -> "\"aws:dynamodb\""))
                .varied()::text;
    }

    /** Lines of the connector of EMR. */
    Supplier<String> emrExport() {
        return this::item;
    }

    /** Lines of a full export. */
    Supplier<String> fullExport() {
        Layout line = new Layout().with("Item", this::item);
        return random.nextInt(3) == 0 ? line.varied()::text : line::text;
    }

    /** Lines of an incremental export. */
    Supplier<String> incrementalExport() {
        Layout time = new Layout().with("N", () -> text(digits(18)));
        Layout metadata = new Layout().with("WriteTimestampMicros", time::text);
        if (random.nextInt(6) == 0) {
            metadata.varied();
        }
        return new Layout()
                .with("Metadata", metadata::text)
                .with("Keys", this::keys)
                .perhapsWith("OldImage", this::item)
                .perhapsWith("NewImage", this::item)
                .varied()::text;
    }
}
