module shardwright.example/worker

go 1.24
