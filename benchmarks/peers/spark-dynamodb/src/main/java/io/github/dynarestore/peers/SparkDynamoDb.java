package io.github.dynarestore.peers;

import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** Plain JSON lines to a table by Spark and spark-dynamodb, which knows nothing of backups. */
public final class SparkDynamoDb {

    private SparkDynamoDb() {}

    /** Arguments: endpoint, table, directory, columns with their types. */
    public static void main(String[] args) {
        System.setProperty("aws.dynamodb.endpoint", args[0]);
        System.setProperty("aws.dynamodb.region", "us-east-1");
        System.setProperty("aws.accessKeyId", "fake");
        System.setProperty("aws.secretKey", "fake");
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .getOrCreate();
        spark.read()
                .schema(args[3])
                .json("file://" + args[2])
                .write()
                .format("dynamodb")
                .mode(SaveMode.Append)
                .option("tableName", args[1])
                .option("region", "us-east-1")
                // As fast as it can: a table on demand counts for 100 units otherwise.
                .option("throughput", "1000000")
                .option("targetCapacity", "1.0")
                .option("writeBatchSize", "25")
                .save();
        spark.stop();
    }
}
