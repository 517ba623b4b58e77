package io.github.dynarestore.json;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Spells random items in DynamoDB JSON, and makes the mistakes that an item can have while it still is JSON. */
public final class ItemSpeller {

    private static final String[] TAGS = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "BOOL", "NULL"};
    private static final String[] WRONG_TAGS = {
        "", "X", "SB", "MS", "LS", "BOOLS", "NUL", "bool", "SSS", "\u0000", "S ", "Null"
    };

    /** Who spells items in a way of his own. */
    public enum Dialect {
        /** DynamoDB itself. */
        DYNAMODB,
        /** The connector of EMR: tags of small letters, and of such as the fields of its values have. */
        EMR,
        /** Kinesis Data Streams for DynamoDB: binary is encoded twice. */
        KINESIS
    }

    private final Random random;
    private final JsonSpeller json;
    private final int flawsPerMille;
    private final Dialect dialect;

    /** Creates one that errs so often, which is once in a few values at 100 or more, and never at 0. */
    ItemSpeller(Random random, int flawsPerMille) {
        this(random, flawsPerMille, Dialect.DYNAMODB);
    }

    /** Creates one that errs as often and spells as somebody else does. */
    public ItemSpeller(Random random, int flawsPerMille, Dialect dialect) {
        this.random = random;
        this.json = new JsonSpeller(random);
        this.flawsPerMille = flawsPerMille;
        this.dialect = dialect;
    }

    /** An item, as UTF-8. */
    public byte[] item() {
        attributes(0);
        return json.take();
    }

    private boolean errs() {
        return random.nextInt(1000) < flawsPerMille;
    }

    private void attributes(int depth) {
        json.raw("{");
        List<String> names = new ArrayList<>();
        int count = random.nextInt(20) == 0 ? random.nextInt(40) : random.nextInt(5);
        for (int i = 0; i < count; i++) {
            String name = errs() ? "" : errs() && i > 0 ? names.get(random.nextInt(i)) : json.text(4) + i;
            names.add(name);
            json.raw(i > 0 ? "," : "");
            json.string(name);
            json.raw(":");
            value(depth);
        }
        json.raw("}");
    }

    private void value(int depth) {
        if (errs()) {
            json.raw(json.pick("null", "1", "\"S\"", "[]", "{}", "true", "[{\"S\":\"x\"}]"));
            return;
        }
        String tag = TAGS[random.nextInt(depth < 4 ? 10 : 6)];
        json.raw("{");
        json.raw('"' + (errs() ? json.pick(WRONG_TAGS) : errs() ? tag.toLowerCase(Locale.ROOT) : spelled(tag)) + '"');
        json.raw(":");
        content(errs() ? json.pick(TAGS) : tag, depth);
        if (errs()) {
            json.raw(json.pick(",\"S\":\"x\"", ",\"NULL\":true", ",\"X\":1", ",\"" + tag + "\":\"1\""));
        }
        json.raw("}");
    }

    private String spelled(String tag) {
        if (dialect != Dialect.EMR || random.nextInt(8) == 0) {
            return tag;
        }
        if (random.nextInt(8) == 0) {
            return tag.toLowerCase(Locale.ROOT);
        }
        return tag.equals("NULL") && random.nextBoolean()
                ? "nULLValue"
                : tag.substring(0, 1).toLowerCase(Locale.ROOT) + tag.substring(1);
    }

    private void content(String type, int depth) {
        if (errs()) {
            json.raw(json.pick("null", "1", "1.5", "[]", "{}", "true", "false", "\"\"", "\"true\"", "[null]", "[1]"));
            return;
        }
        switch (type) {
            case "S" -> json.string(json.text(10));
            case "N" -> json.string(number());
            case "B" -> json.string(binary());
            case "SS" -> set(() -> json.text(6), text -> text);
            case "NS" -> set(this::number, NumberOracle::value);
            case "BS" -> set(this::binary, this::decoded);
            case "M" -> attributes(depth + 1);
            case "L" -> {
                json.raw("[");
                for (int i = random.nextInt(5); i > 0; i--) {
                    value(depth + 1);
                    json.raw(i > 1 ? "," : "");
                }
                json.raw("]");
            }
            case "BOOL" -> json.raw(json.pick("true", "false"));
            default -> json.raw(errs() ? "false" : "true");
        }
    }

    private String number() {
        if (errs()) {
            return json.pick(
                    "", " 1", "1 ", "0x1", "1d", "NaN", "1e126", "1e-131", "--1", "1,0", ".", "1" + "1".repeat(38));
        }
        BigDecimal number;
        do {
            number = NumberOracle.any(random);
        } while (NumberOracle.value(number.toString()) == null);
        return NumberOracle.spell(number, random);
    }

    private String decoded(String text) {
        byte[] bytes = Base64.getDecoder().decode(text);
        return HexFormat.of()
                .formatHex(dialect == Dialect.KINESIS ? Base64.getDecoder().decode(bytes) : bytes);
    }

    private String binary() {
        String once = binaryOnce();
        return dialect == Dialect.KINESIS && !errs()
                ? Base64.getEncoder().encodeToString(once.getBytes(StandardCharsets.UTF_8))
                : once;
    }

    private String binaryOnce() {
        byte[] bytes = new byte[random.nextInt(8)];
        random.nextBytes(bytes);
        String text = Base64.getEncoder().encodeToString(bytes);
        if (text.endsWith("==") && random.nextInt(3) == 0) {
            // The last letter before the padding has four bits that no decoder looks at.
            int at = text.length() - 3;
            text = text.substring(0, at) + (char) (text.charAt(at) + 1) + "==";
        }
        if (!errs()) {
            return text;
        }
        int at = random.nextInt(text.length() + 1);
        return text.substring(0, at)
                + json.pick("=", "==", "A", "-_8=", " ", "\n", "\u00e9", "*", "AA==")
                + text.substring(at);
    }

    /** Members that differ if no mistakes are made; a mistake is one of them once more in another spelling. */
    private void set(Supplier<String> member, Function<String, @Nullable Object> value) {
        List<String> members = new ArrayList<>();
        Set<@Nullable Object> values = new HashSet<>();
        int count = errs() ? 0 : 1 + (random.nextInt(5) == 0 ? random.nextInt(40) : random.nextInt(4));
        for (int i = 0; i < count; i++) {
            String next = member.get();
            if (flawsPerMille > 0 || values.add(value.apply(next))) {
                members.add(next);
            }
        }
        if (errs() && count > 0) {
            members.add(members.get(random.nextInt(count)));
        }
        Collections.shuffle(members, random);
        json.raw("[");
        for (int i = 0; i < members.size(); i++) {
            json.raw(i > 0 ? "," : "");
            json.string(members.get(i));
        }
        json.raw("]");
    }
}
