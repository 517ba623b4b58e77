package io.github.dynarestore.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Items that every format can spell, so that formats can be compared. */
public enum SampleItems {

    /** Four attributes, about 100 bytes of DynamoDB JSON. */
    SMALL("pk string, version bigint, state string, at bigint") {
        @Override
        Map<String, AttributeValue> item(int number, int version) {
            Random random = new Random(number * 31L + version);
            Map<String, AttributeValue> item = key(number);
            item.put("version", AttributeValue.fromN(String.valueOf(version)));
            item.put("state", AttributeValue.fromS(version % 2 == 0 ? "shipped" : "ordered"));
            item.put("at", AttributeValue.fromN(String.valueOf(1_709_251_200_000L + random.nextInt(1 << 30))));
            return item;
        }
    },

    /** 12 attributes, about 420 bytes of DynamoDB JSON. */
    MID("pk string, version bigint, name string, email string, active boolean, balance double, street string,"
            + " city string, notes string, tags array<string>, scores list<bigint>,"
            + " address map<string,string>") {
        @Override
        Map<String, AttributeValue> item(int number, int version) {
            Random fixed = new Random(number);
            Random changed = new Random(number * 31L + version);
            Map<String, AttributeValue> item = key(number);
            item.put("version", AttributeValue.fromN(String.valueOf(version)));
            item.put("name", AttributeValue.fromS(word(fixed, 5) + " " + word(fixed, 9)));
            item.put("email", AttributeValue.fromS(word(fixed, 8) + "@" + word(fixed, 6) + ".example"));
            item.put("active", AttributeValue.fromBool(fixed.nextBoolean()));
            item.put("balance", AttributeValue.fromN(changed.nextInt() + ".25"));
            item.put("street", AttributeValue.fromS(fixed.nextInt(999) + " " + word(fixed, 14) + " Street"));
            item.put("city", AttributeValue.fromS(CITIES.get(fixed.nextInt(CITIES.size()))));
            item.put("notes", AttributeValue.fromNul(true));
            item.put("tags", AttributeValue.fromSs(List.of("alpha", "beta", word(changed, 6))));
            item.put(
                    "scores",
                    AttributeValue.fromL(List.of(
                            AttributeValue.fromN(String.valueOf(changed.nextInt(99))),
                            AttributeValue.fromN(String.valueOf(changed.nextInt(999))),
                            AttributeValue.fromN(String.valueOf(changed.nextInt(9_999))))));
            item.put(
                    "address",
                    AttributeValue.fromM(Map.of(
                            "zip",
                            AttributeValue.fromS(String.valueOf(10_000 + fixed.nextInt(80_000))),
                            "country",
                            AttributeValue.fromS("Iceland"))));
            return item;
        }
    },

    /** Lists of maps, a set of numbers and binary, about 3.4 KB. */
    NESTED("pk string, version bigint, picture binary, lines list<map<string,string>>, numbers array<bigint>") {
        @Override
        Map<String, AttributeValue> item(int number, int version) {
            Random random = new Random(number * 31L + version);
            Map<String, AttributeValue> item = key(number);
            item.put("version", AttributeValue.fromN(String.valueOf(version)));
            byte[] picture = new byte[600];
            random.nextBytes(picture);
            item.put("picture", AttributeValue.fromB(SdkBytes.fromByteArray(picture)));
            List<AttributeValue> lines = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                Map<String, AttributeValue> line = new LinkedHashMap<>();
                line.put("sku", AttributeValue.fromS("sku-" + random.nextInt(1_000_000)));
                line.put("title", AttributeValue.fromS("A " + word(random, 12) + " of some kind"));
                line.put("unit", AttributeValue.fromS("piece"));
                lines.add(AttributeValue.fromM(line));
            }
            item.put("lines", AttributeValue.fromL(lines));
            List<String> numbers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                numbers.add(String.valueOf(1_000 * i + random.nextInt(1_000)));
            }
            item.put("numbers", AttributeValue.fromNs(numbers));
            return item;
        }
    };

    private static final List<String> CITIES = List.of("Reykjav\u00edk", "Hveragerdi", "Akureyri", "Selfoss");

    private final String columns;

    SampleItems(String columns) {
        this.columns = columns;
    }

    /** The list of columns that says what a positional export of these items means. */
    String columns() {
        return columns;
    }

    /** An item; the same one for the same arguments. */
    abstract Map<String, AttributeValue> item(int number, int version);

    private static String word(Random random, int letters) {
        return random.ints(letters, 'a', 'z' + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static Map<String, AttributeValue> key(int number) {
        Map<String, AttributeValue> key = new LinkedHashMap<>();
        key.put("pk", AttributeValue.fromS("customer#" + Integer.toHexString(number * 0x9e3779b9)));
        return key;
    }
}
