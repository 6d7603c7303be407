//! What stands beside other things: settings, pairs, commands and sentences.

use super::{check, check_plain};

#[test]
fn settings_of_connections_have_passwords() {
    check(&[
        "host=db user=x password=⟦s3cr3t⟧ dbname=y",
        "conn = psycopg2.connect(\"host=db dbname=app user=app password=⟦gr4nite⟧\")",
        "password=⟦gr4nite⟧ host=db user=x",
        "host=db user=x password='⟦my gr4nite owl⟧' dbname=y",
        "\"host=db user=x password='⟦my gr4nite owl⟧'\"",
        "Server=db;Database=a;Uid=sa;Pwd=⟦gr4nite⟧;",
        "Server=db;Uid=sa;Pwd=⟦gr4,n&ite⟧;Encrypt=yes",
        "Driver={ODBC Driver 18 for SQL Server};Server=db;UID=sa;PWD={⟦gr4;nite⟧};",
        "\"Password=⟦Gr4nite⟧;Server=db;User Id=sa\"",
        "Server=db;User ID=sa;Password=⟦gr4 nite owl⟧;MultipleActiveResultSets=true",
        "cs := 'Data Source=db;User Id=sa;Password=⟦gr4nite⟧'",
        "<add name=\"x\" connectionString=\"Server=db;User Id=sa;Password=⟦gr4nite⟧;\" />",
        "connection_string = \"Server=db;Uid=sa;Pwd=⟦gr4nite⟧\"",
        "jdbc:postgresql://db/app?user=app&password=⟦gr4nite⟧",
        "jdbc:mysql://db:3306/app?user=app&password=⟦gr4nite⟧&useSSL=true",
        "jdbc:sqlserver://db:1433;databaseName=a;user=sa;password=⟦gr4nite⟧;encrypt=true",
        "jdbc:oracle:thin:app/⟦gr4nite⟧@db:1521/x",
        "app:⟦gr4nite⟧@tcp(db:3306)/app?parseTime=true",
        "postgresql+asyncpg://app:⟦gr4nite⟧@db/app",
        "mongodb+srv://app:⟦gr4nite⟧@cluster0.example.net/app",
        "amqps://app:⟦gr4nite⟧@mq/%2f",
        "ftp://app:⟦gr4nite!⟧@ftp.example.org/x",
        "sftp://app:⟦gr4nite⟧@host",
        "smtp://kim%40example.org:⟦gr4nite⟧@smtp.example.org:587",
        "ldap://cn=app:⟦gr4nite⟧@ldap",
        "redis://:⟦gr4nite⟧@cache:6379/0",
        "rediss://default:⟦gr4nite⟧@cache:6379",
        "http://app:⟦gr4/ni#te⟧@proxy.example.org:3128",
        "http_proxy=http://app:⟦gr4nite⟧@proxy:3128",
        "git clone https://⟦{a40}⟧@git.example.org/a/b",
        "https://⟦{a40}⟧:x-oauth-basic@git.example.org/a/b",
        "curl -d 'password=⟦gr4nite⟧&user=kim' https://example.org",
        "https://example.org/login?user=kim&passwd=⟦gr4nite⟧",
    ]);
    check_plain(&[
        "connect(host=host, user=user, password=passwd1)",
        "connect(password=db_pw12, host=host)",
        "dial(host=h, user=u,\n    password=cfg9pw,\n    database=d)",
        "https://example.org:8080/a@b9c",
        "https://example.org/@kim/post-1?x=a:b@c",
        "let password = read1(host); let user = x;",
        "mailto:kim@example.org",
        "ssh://git@github.com/a/b",
    ]);
}

#[test]
fn a_name_and_a_value_beside_each_other_are_a_pair() {
    check(&[
        "env:\n  - name: DB_PASSWORD\n    value: ⟦s3cr3t⟧\n  - name: A\n    value: b",
        "env:\n  - value: ⟦s3cr3t⟧\n    name: DB_PASSWORD\n",
        "  - name: API_TOKEN\n    value: \"⟦{a20}⟧\"\n",
        "  - name: \"API_TOKEN\"\n    value: ⟦{h20}⟧\n",
        "{\"name\": \"X_TOKEN\", \"value\": \"⟦{a20}⟧\"}",
        "{\"value\": \"⟦{a20}⟧\", \"name\": \"X_TOKEN\"}",
        "{\n  \"name\": \"DB_PASS\",\n  \"value\": \"⟦gr4nite⟧\"\n}",
        "{ Name: DB_PASS, Value: ⟦gr4nite⟧ }",
        "environment:\n  - Name: DB_PASS\n    Value: '⟦gr4nite⟧'",
        "set {\n  name  = \"auth.password\"\n  value = \"⟦gr4nite⟧\"\n}",
        "<add key=\"ApiKey\" value=\"⟦{a20}⟧\"/>",
        "<property name=\"hibernate.connection.password\" value=\"⟦gr4nite⟧\"/>",
        "<property name=\"hibernate.connection.password\">⟦gr4nite⟧</property>",
        "<property><name>fs.s3a.secret.key</name><value>⟦{b40}⟧</value></property>",
        "<key>Password</key>\n<string>⟦gr4nite⟧</string>",
        "{\\\"name\\\": \\\"DB_PASS\\\", \\\"value\\\": \\\"⟦gr4nite⟧\\\"}",
        "environment:\n  - DB_PASS=⟦gr4nite⟧\n  - X=1",
        "environment:\n  DB_PASS: ⟦gr4nite⟧\n",
        "environment:\n  - \"DB_PASS=⟦gr4nite⟧\"\n",
    ]);
    check_plain(&[
        "  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: db2-secret9\n",
        "  - name: DB_PASSWORD\n    value: $(OTHER_PW1)\n",
        "  - name: DB_PASSWORD_FILE\n    value: gr4nite\n",
        "  - name: DB_HOST\n    value: gr4nite\n",
        "<param name=\"token\" value=\"title\"/>",
        "{\"key\": \"token\", \"value\": \"user_id_2\"}",
    ]);
}

#[test]
fn secrets_of_kubernetes_are_secrets() {
    check(&[
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  user: ⟦YXBwLWdyNG5pdGU=⟧\n  pw: ⟦b3dsLWdyNG5pdGU=⟧\n",
        "apiVersion: v1\ndata:\n  a: ⟦YXBwLWdyNG5pdGU=⟧\nkind: Secret\nmetadata:\n  name: db\n",
        "kind: Secret\nstringData:\n  a: ⟦gr4nite⟧\n  b: \"⟦granite owl⟧\"\n  c: '⟦granite⟧'\ntype: Opaque\n---\nkind: ConfigMap\ndata:\n  a: YXBwLWdyNG5pdGU=\n",
        "kind: ConfigMap\ndata:\n  a: YXBwLWdyNG5pdGU=\n---\nkind: Secret\ndata:\n  a: ⟦YXBwLWdyNG5pdGU=⟧\n",
        "items:\n- apiVersion: v1\n  data:\n    a: ⟦YXBwLWdyNG5pdGU=⟧\n  kind: Secret\n",
        "kind: Secret\nstringData:\n  conf: |\n    ⟦line granite⟧\n    ⟦line owl⟧\n  b: ⟦granite⟧\n",
        "{\"kind\": \"Secret\", \"data\": {\"a\": \"⟦YXBwLWdyNG5pdGU=⟧\", \"b\": \"⟦b3dsLWdyNG5pdGU=⟧\"}}",
        "{\"data\": {\"a\": \"⟦YXBwLWdyNG5pdGU=⟧\"}, \"kind\": \"Secret\"}",
        "{\"kind\":\"Secret\",\"stringData\":{\"a\":\"⟦granite⟧\"}}",
    ]);
    check_plain(&[
        "kind: Secret\ndata:\n  a: {{ .Values.a | b64enc }}\n  b: \"\"\n  c: <base64>\n",
        "kind: Secret\ndata:\n  password: cGFzc3dvcmQ=\n",
        "kind: Secret\nmetadata:\n  name: db-granite\ntype: Opaque\n",
        "kind: SecretStore\ndata:\n  a: YXBwLWdyNG5pdGU=\n",
        "secretKeyRef:\n  kind: Secret\n  name: granite\n",
    ]);
}

#[test]
fn commands_are_told_passwords() {
    check(&[
        "mysql -u root -p⟦S3cret⟧ app",
        "mysqldump -h db -uroot -p'⟦S3cret!x⟧' app > x.sql",
        "mysql --user=root --password=⟦S3cret⟧ app",
        "psql-x --password ⟦S3cret9⟧ -h db",
        "tool --db-password '⟦S3cret9⟧'",
        "tool --api-key ⟦{a20}⟧ run",
        "tool --token=⟦{h20}⟧ run",
        "args:\n  - --password\n  - ⟦S3cret9⟧\n",
        "args: [\"--password\", \"⟦S3cret9⟧\"]",
        "args: [\"--password=⟦S3cret9⟧\"]",
        "curl -u kim:⟦S3cret9⟧ https://example.org",
        "curl \\\n  -u 'kim:⟦S3cret9!x⟧' \\\n  https://example.org",
        "curl --user kim:⟦S3cret9⟧ https://example.org",
        "curl -x http://proxy --proxy-user kim:⟦S3cret9⟧ https://example.org",
        "wget --http-password=⟦S3cret9⟧ https://example.org",
        "sshpass -p ⟦S3cret9⟧ ssh kim@host",
        "sshpass -p'⟦S3cret9⟧' ssh kim@host",
        "PGPASSWORD=⟦S3cret⟧ psql -h db",
        "cd x && PGPASSWORD=⟦S3cret⟧ psql -h db",
        "RUN API_TOKEN=⟦{a16}⟧ make",
        "docker run -e DB_PASSWORD=⟦S3cret⟧ -e X=1 image",
        "docker run -e dbPassword=⟦S3cret⟧ image",
        "helm install x --set auth.password=⟦S3cret⟧ y",
        "tool --db.pass ⟦S3cret9⟧ run",
        "password=⟦S3cret!Pass9⟧ ./run",
        "  - DB_PASSWORD=⟦Tr0ub4dor&3⟧",
        "docker login -u kim -p ⟦S3cret9⟧ docker.example.org",
        "docker login --username kim --password ⟦S3cret9⟧",
        "helm registry login -u kim -p ⟦S3cret9⟧ x",
        "redis-cli -h cache -a ⟦S3cret9⟧ ping",
        "curl -H \"X-Api-Key: ⟦{a20}⟧\" https://example.org",
        "curl -H 'X-Auth-Token: ⟦{h16}⟧' https://example.org",
        "openssl rsa -in a -passin pass:⟦S3cret9⟧ -out b",
        "openssl pkcs12 -passout pass:⟦S3cret9⟧",
        "keytool -list -storepass ⟦S3cret9⟧",
        "java -Djavax.net.ssl.keyStorePassword=⟦S3cret9⟧ -jar a.jar",
        "mongo -u kim -p ⟦S3cret9⟧ app",
        "echo \"kim:⟦S3cret9⟧\" | chpasswd",
        "subprocess.run([\"mysql\", \"-p⟦S3cret9⟧\", \"app\"])",
    ]);
    check_plain(&[
        "mysql -u root -p app",
        "mysql -P 3306 -p",
        "docker run -u 1000:1000 image",
        "mkdir -p dir/x1y2",
        "docker login -p",
        "tool --password-stdin < x",
        "tool --password PASSWORD1",
        "tool --token TOKEN",
        "sort -u a:b",
        "--password string2\tthe password",
    ]);
}

#[test]
fn what_is_told_a_server_or_a_reader_is_found() {
    check(&[
        "CREATE USER app WITH PASSWORD '⟦gr4nite⟧';",
        "CREATE USER 'app'@'%' IDENTIFIED BY '⟦gr4nite⟧';",
        "ALTER USER 'a'@'%' IDENTIFIED WITH mysql_native_password BY '⟦gr4nite⟧';",
        "CREATE USER app IDENTIFIED BY ⟦gr4nite9⟧;",
        "$p = ConvertTo-SecureString \"⟦gr4nite⟧\" -AsPlainText -Force",
        "rabbitmqctl add_user kim ⟦gr4nite9⟧",
        "htpasswd -bB .htpasswd kim '⟦gr4nite9⟧'",
        "unzip -P ⟦gr4nite9⟧ a.zip",
        "7z a -p⟦gr4nite9⟧ a.7z b",
        "ssh-keygen -N '⟦gr4nite9⟧' -f x",
        "openssl enc -aes-256-cbc -k ⟦gr4nite9⟧ -in x",
        "echo '⟦gr4nite9⟧' | sudo -S ls",
        "echo \"⟦gr4nite9⟧\" | docker login --password-stdin",
        "process.env.DB_PASSWORD || '⟦gr4nite9⟧'",
        "${DB_PASSWORD:-⟦gr4nite9⟧}",
        "password: ${DB_PASSWORD:⟦gr4nite9⟧}",
        "psk=\"⟦gr4nite9owl⟧\"",
        "Authorization: Token ⟦{h40}⟧",
        "-H \"Authorization: ApiKey ⟦{a32}⟧\"",
        "Passwort: ⟦Gr4nite9⟧",
        "The password is: ⟦Gr4nite9!⟧",
        "My password is ⟦Gr4nite9!⟧.",
        "login: kim / password: ⟦Gr4nite9!⟧",
        "db.password = ⟦Gr4nite9⟧;",
        "password := []byte(\"⟦gr4nite⟧\")",
        "kubectl create secret generic x --from-literal=password=⟦gr4nite9⟧ -n y",
        "mount -o username=kim,password=⟦gr4nite9⟧ //x /y",
        "<Password Value=\"⟦gr4nite⟧\"/>",
    ]);
    check_plain(&[
        "The map identified by *map_fd* is bound to the program",
        "unzip -p archive9.zip file",
        "let secret_expander =\n    TLS13_CHACHA20_POLY1305_SHA256_INTERNAL",
        "The password is stored2 elsewhere.",
        "process.env.PASSWORD || getPassword2()",
        "${PASSWORD:-$OTHER_PW1}",
        "the user password 'field2' is required",
    ]);
}
