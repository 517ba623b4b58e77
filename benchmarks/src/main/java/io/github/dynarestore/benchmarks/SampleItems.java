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

    /** 12 attributes, about 550 bytes of DynamoDB JSON, as {@link SampleLog} has them: performance.md's "mid". */
    MID("pk string, version bigint, name string, email string, active boolean, balance double, street string,"
            + " city string, notes string, tags array<string>, scores list<bigint>,"
            + " address map<string,string>") {
        @Override
        Map<String, AttributeValue> item(int number, int version) {
            Random random = new Random(number * 31L + version);
            Map<String, AttributeValue> item = key(number);
            item.put("version", AttributeValue.fromN(String.valueOf(version)));
            item.put("name", AttributeValue.fromS("Some Person " + random.nextInt(100_000)));
            item.put("email", AttributeValue.fromS("person" + random.nextInt(100_000) + "@example.org"));
            item.put("active", AttributeValue.fromBool(true));
            item.put("balance", AttributeValue.fromN(random.nextInt() + ".25"));
            item.put("street", AttributeValue.fromS(random.nextInt(999) + " A rather long street name"));
            item.put("city", AttributeValue.fromS("Reykjav\u00edk"));
            item.put("notes", AttributeValue.fromNul(true));
            item.put("tags", AttributeValue.fromSs(List.of("alpha", "beta", "gamma")));
            item.put(
                    "scores",
                    AttributeValue.fromL(List.of(
                            AttributeValue.fromN("1"),
                            AttributeValue.fromN("22"),
                            AttributeValue.fromN(String.valueOf(random.nextInt(999))))));
            item.put(
                    "address",
                    AttributeValue.fromM(
                            Map.of("zip", AttributeValue.fromS("12345"), "country", AttributeValue.fromS("Iceland"))));
            return item;
        }
    },

    /** Lists of maps, a set of numbers and binary, about 3.6 KB: performance.md's "large". */
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
                line.put("title", AttributeValue.fromS("A thing of some kind"));
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

    private static Map<String, AttributeValue> key(int number) {
        Map<String, AttributeValue> key = new LinkedHashMap<>();
        key.put("pk", AttributeValue.fromS("customer#" + number));
        return key;
    }
}
