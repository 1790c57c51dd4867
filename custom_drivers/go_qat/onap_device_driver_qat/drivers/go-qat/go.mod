module go-qat

go 1.19
